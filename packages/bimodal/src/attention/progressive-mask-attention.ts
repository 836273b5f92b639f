import { globalAveragePool, matchShapes, type Context, type Module } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { EncodedPhrases } from "../phrase-encoder.js";
import { finitePhrases } from "./finite-phrases.js";
import { imageBlocks } from "./image-blocks.js";
import { resolvePma, type ProgressiveMaskAttentionConfig, type ResolvedPma } from "./pma-config.js";
import { pmaLayers, type PmaLayers } from "./pma-layers.js";
import { pmaStage, type PmaStage, type StageInputs } from "./pma-stage.js";

/** What `ProgressiveMaskAttention` computes. */
export interface PmaOutputs {
  /** [f_object ; f¹ ; … ; f^T], [batch, visualDim + stages · finalDim]. */
  readonly features: tf.Tensor2D;
  /** One entry for each stage. */
  readonly stages: readonly PmaStage[];
}

/**
 * Looks at a map and reads phrases, stage by stage. It never disposes its inputs, and waits for no value of a tensor.
 */
export interface ProgressiveMaskAttention extends Module {
  /** Length of `features`: visualDim + stages · finalDim. */
  readonly dim: number;
  /**
   * @param map - the last map of an image encoder, [batch, height, width, visualDim], at least 2 × 2 cells
   * @param phrases - null: no sample has text. A module without text ignores them
   */
  forward(map: tf.Tensor4D, phrases: EncodedPhrases | null, ctx: Context): PmaOutputs;
}

/**
 * Bi-modal progressive mask attention (PMA). Each stage chooses one block of the image (`visualStage`) and reads the
 * phrases about it (`textStage`). The block and the phrases that it explains are then masked, so that the next stage
 * looks elsewhere and reads what is left:
 *
 *     f^t = FC([f_visual^t ; f_text^t]),   features = [mean of the map ; f¹ ; … ; f^T]
 *
 * With `textDim: null` it is the vision-only form, without f_text. A sample without phrases has f_text = 0, or a
 * learned vector. Padding counts for nothing, whatever it holds. With more stages than blocks, all blocks are available
 * again after the last one; the console warns of that once.
 *
 * Params `visualScorer.…`, `local.…`, `phraseScorer.…`, `textScorer.…` (under `stage1.`, `stage2.`, … where stages do
 * not share them), `final.…` and, where it is learned, `noText.vector` [2 · textDim].
 *
 * Ref: Song et al. 2020, "Bi-modal Progressive Mask Attention for Fine-grained Recognition", IEEE TIP 29, eqs. 1 to 9.
 * @throws RangeError for sizes below 1; ShapeError from `forward`, also for a map smaller than 2 × 2 cells
 */
export function progressiveMaskAttention(config: ProgressiveMaskAttentionConfig): ProgressiveMaskAttention {
  const resolved = resolvePma(config);
  const { visualDim, finalDim, stages, visualMask } = resolved;
  const layers = pmaLayers(resolved);
  const warnOnce = oneWarning();
  return {
    ...layers.module,
    dim: visualDim + stages * finalDim,
    forward: (map, phrases, ctx) =>
      tidied(() => {
        const inputs = firstInputs(map, phrases, resolved);
        const blocks = inputs.availableBlocks.shape[1];
        if (visualMask && stages > blocks) warnOnce(stages, blocks);
        const { vectors, seen } = runStages(layers, inputs, ctx, resolved);
        return { features: tf.concat([globalAveragePool(map), ...vectors], 1), stages: seen };
      }),
  };
}

/** Everything is available to the first stage, padding excepted. */
function firstInputs(map: tf.Tensor4D, given: EncodedPhrases | null, { visualDim, textDim }: ResolvedPma): StageInputs {
  const { batch } = matchShapes("progressiveMaskAttention", { map: `batch height width ${visualDim}` }, { map });
  const blocks = imageBlocks(map);
  const phrases = textDim === null ? null : finitePhrases(given, batch, textDim);
  const availableBlocks = tf.ones<tf.Rank.R2>([batch, blocks.means.shape[1]]);
  return { blocks, phrases, availableBlocks, availablePhrases: phrases && phrases.mask };
}

/** The vector f^t of each stage, and what it looked at and read. */
function runStages({ stages, final, noText }: PmaLayers, first: StageInputs, ctx: Context, masks: ResolvedPma) {
  const [vectors, seen]: [tf.Tensor2D[], PmaStage[]] = [[], []];
  let inputs = first;
  for (const parts of stages) {
    const { visual, text, stage, next } = pmaStage(parts, inputs, ctx, masks);
    const both = inputs.phrases && text ? [visual, orMissing(text, inputs.phrases.mask, noText)] : [visual];
    vectors.push(final.forward(tf.concat(both, 1), ctx) as tf.Tensor2D);
    seen.push(stage);
    inputs = next;
  }
  return { vectors, seen };
}

/** `tf.tidy`, whose type knows no interfaces. */
const tidied = (f: () => PmaOutputs): PmaOutputs =>
  tf.tidy(f as unknown as () => tf.TensorContainer) as unknown as PmaOutputs;

/** The features of the text, or `vector` where a sample has no phrase. */
function orMissing(features: tf.Tensor2D, mask: tf.Tensor2D, vector: tf.Tensor | undefined): tf.Tensor2D {
  if (!vector) return features;
  const hasText = tf.greater(tf.sum(mask, 1, true), 0); // [batch, 1]
  return tf.where(hasText, features, tf.expandDims(vector, 0)) as tf.Tensor2D;
}

function oneWarning(): (stages: number, blocks: number) => void {
  let told = false;
  return (stages, blocks) => {
    if (!told)
      console.warn(
        `progressiveMaskAttention: ${stages} stages choose from ${blocks} blocks of 2 × 2 cells; ` +
          "once each block was chosen, all are available again. Use fewer stages or larger images.",
      );
    told = true;
  };
}
