import { joinModules, lstm, requireCounts, scope, subSeed } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { PhraseEncoder } from "../phrase-encoder.js";
import { encodePhrases } from "./encode-phrases.js";
import { wordEmbedding } from "./word-embedding.js";
import type { WordVectors } from "./word-vectors.js";

/** The configuration of `lstmPhraseEncoder`. */
export interface LstmPhraseEncoderConfig {
  /** Number of ids: the `size` of the vocabulary. */
  readonly size: number;
  /** Length of the vector of a word; that of the `WordVectors`, if there are any. Default 300. */
  readonly embedding?: number;
  /** Length of the vector of a phrase. Default 512. */
  readonly hidden?: number;
  /** Dropout rate of the numbers of the vectors of words. Default 0. */
  readonly dropout?: number;
  /** Whether the vectors of words keep their values in training. Default false. */
  readonly frozen?: boolean;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * Reads the words of a phrase one after the other with an LSTM: the vector is the state after the last word. The order
 * of the words counts. Params `embedding.table` [size, embedding], and `lstm.…` with PyTorch's names.
 *
 * Ref: Song et al. 2020 (PMA), IEEE TIP 29:7006-7018, section 3, which leaves the sizes open.
 * @param given - vectors of words from a file. Default: none, they start random
 * @throws RangeError for sizes below 1, a dropout rate outside [0, 1), or given vectors of another length or vocabulary
 */
export function lstmPhraseEncoder(config: LstmPhraseEncoderConfig, given?: WordVectors): PhraseEncoder {
  const { size, embedding: dim = 300, hidden = 512, dropout = 0, frozen = false, seed = 0 } = config;
  requireCounts("lstmPhraseEncoder", { embedding: dim, hidden });
  const embedding = wordEmbedding({ size, dim, dropout, frozen, seed: subSeed(seed, "embedding") }, given);
  const reader = lstm({ in: dim, hidden, seed: subSeed(seed, "lstm") });
  return {
    ...joinModules({ embedding, lstm: reader }),
    dim: hidden,
    forward: (words, ctx) =>
      encodePhrases("lstmPhraseEncoder", words, (phrases) => {
        const { vectors, mask } = embedding.forward(phrases, scope(ctx, "embedding"));
        return tf.tidy(() => reader.forward(vectors, scope(ctx, "lstm"), mask).last);
      }),
  };
}
