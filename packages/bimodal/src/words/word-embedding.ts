import {
  dropout,
  matchShapes,
  moduleOf,
  PADDING_ID,
  requireCounts,
  requireRates,
  rng,
  type Context,
  type Module,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { UNKNOWN_ID } from "./vocabulary.js";
import type { WordVectors } from "./word-vectors.js";

/** The configuration of `wordEmbedding`. */
export interface WordEmbeddingConfig {
  /** Number of ids: the `size` of the vocabulary. */
  readonly size: number;
  /** Length of the vector of a word; that of the `WordVectors`, if there are any. Default 300. */
  readonly dim?: number;
  /** Dropout rate of the numbers of the vectors. Default 0. */
  readonly dropout?: number;
  /** Whether the vectors keep their values in training, those of missing and unknown words too. Default false. */
  readonly frozen?: boolean;
  /** Seed of the initial vectors. Default 0. */
  readonly seed?: number;
}

/** A vector for each word. */
export interface WordEmbedding extends Module {
  /** Length of the vector of a word. */
  readonly dim: number;
  /**
   * Looks up the vectors of words.
   *
   * @param words - [batch, steps], int32: ids of words, each less than `size`; 0 is padding. Never disposed
   * @returns `vectors` [batch, steps, dim], zeros for padding; `mask` [batch, steps], float32, 0 for padding, else 1
   */
  forward(words: tf.Tensor2D, ctx: Context): { readonly vectors: tf.Tensor3D; readonly mask: tf.Tensor2D };
}

/**
 * A table with one vector for each word. Param `table` [size, dim]: values from N(0, 1), as in PyTorch, or the given
 * vectors, where words without one start from N(0, s²) with s² the variance of the given numbers. Row 0, for padding,
 * is not used: it contributes nothing and gets no gradient.
 *
 * @param given - vectors from a file, such as GloVe's. Default: none
 * @throws RangeError for sizes below 1, a dropout rate outside [0, 1), or given vectors of another length or vocabulary
 */
export function wordEmbedding(config: WordEmbeddingConfig, given?: WordVectors): WordEmbedding {
  const { size, dim = 300, dropout: rate = 0, frozen = false, seed = 0 } = config;
  requireCounts("wordEmbedding", { dim });
  requireCounts("wordEmbedding", { size }, UNKNOWN_ID + 1);
  requireRates("wordEmbedding", { dropout: rate });
  if (given) requireFit(given, { size, dim });
  const drop = dropout({ rate });
  const table = tf.tidy(() => tf.variable(tf.tensor2d(initialValues(size, dim, seed, given), [size, dim]), !frozen));
  return {
    ...moduleOf({ table }),
    dim,
    forward: (words, ctx) =>
      tf.tidy(() => {
        const { batch, steps } = matchShapes("wordEmbedding", { words: "batch steps" }, { words });
        if (words.dtype !== "int32")
          throw new TypeError(`wordEmbedding: expected \`words\` of dtype int32, got ${words.dtype}.`);
        const ids = tf.reshape(words, [batch * steps]);
        const real = tf.notEqual(ids, PADDING_ID);
        const rows = tf.gather(table, ids); // [batch · steps, dim]
        const vectors = tf.where(tf.expandDims(real, 1), rows, tf.zerosLike(rows));
        return {
          vectors: drop.forward(tf.reshape(vectors, [batch, steps, dim]), ctx) as tf.Tensor3D,
          mask: tf.reshape(tf.cast(real, "float32"), [batch, steps]) as tf.Tensor2D,
        };
      }),
  };
}

function requireFit({ dim: length, size: ids }: WordVectors, { size, dim }: { size: number; dim: number }): void {
  if (length !== dim)
    throw new RangeError(`wordEmbedding: expected given vectors of length ${dim} (\`dim\`), got ${length}.`);
  if (ids !== size)
    throw new RangeError(
      `wordEmbedding: expected given vectors of a vocabulary of ${size} ids (\`size\`), got those of ${ids} ids.`,
    );
}

function initialValues(size: number, dim: number, seed: number, given: WordVectors | undefined): Float32Array {
  const values = rng(seed)
    .split("table")
    .normal(size * dim, 0, given ? deviationOf(given) : 1);
  given?.rows.forEach((row, id) => values.set(row, id * dim));
  return values.fill(0, 0, dim);
}

/** The standard deviation of all numbers of the given vectors. */
function deviationOf({ rows, dim }: WordVectors): number {
  let [sum, squares] = [0, 0];
  for (const row of rows.values())
    for (const value of row) {
      sum += value;
      squares += value * value;
    }
  const count = rows.size * dim;
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
