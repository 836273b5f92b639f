import { maskedSoftmax, withoutGradient, type Context, type Layer } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { firstArgmax } from "./first-argmax.js";
import type { ImageBlocks } from "./image-blocks.js";
import { places } from "./places.js";
import { weightedSum } from "./weighted-sum.js";

/** The layers of the visual half of a stage. */
export interface VisualParts {
  /** SAM: [batch, blocks, channels] → [batch, blocks]. */
  readonly visualScorer: Layer;
  /** The 1 × 1 convolution of the chosen block, as a linear layer: [batch, channels] → [batch, localDim]. */
  readonly local: Layer;
}

/** What the visual half of a stage sees. */
export interface VisualStage {
  /** [f_global ; f_local], [batch, channels + localDim]. */
  readonly features: tf.Tensor2D;
  /** f_local, the chosen block, [batch, localDim]. */
  readonly local: tf.Tensor2D;
  /** The attention of each block, [batch, blocks]. */
  readonly alpha: tf.Tensor2D;
  /** The chosen block, [batch], int32. */
  readonly block: tf.Tensor1D;
  /** The chosen block as a one-hot row, [batch, blocks]. */
  readonly chosen: tf.Tensor2D;
}

/**
 * The visual half of a stage. Attention over the available blocks gives the global vector, and its largest weight
 * chooses the block of the local vector:
 *
 *     α = softmax(SAM(x̃)) among the available blocks,   f_global = Σ_i α_i · x̃_i
 *     i* = argmax α,   f_local = mean over its cells of Conv1x1(x_{i*}) = Conv1x1(mean of x_{i*})
 *
 * with x̃ the blocks' largest and x their four vectors. f_local passes no gradient to SAM.
 *
 * Ref: Song et al. 2020, "Bi-modal Progressive Mask Attention for Fine-grained Recognition", eqs. 3 and 4.
 * @param available - [batch, blocks], 1 where a block may be used
 */
export function visualStage(
  { visualScorer, local }: VisualParts,
  { pooled, means }: ImageBlocks,
  available: tf.Tensor2D,
  ctx: Context,
): VisualStage {
  return tf.tidy(() => {
    const scores = visualScorer.forward(pooled, ctx) as tf.Tensor2D;
    const alpha = maskedSoftmax(scores, available);
    const chosen = firstArgmax(scores, available); // of the scores: α may round two of them to one number
    const part = local.forward(weightedSum(chosen, means), ctx) as tf.Tensor2D;
    const block = withoutGradient(chosen, placeOf) as tf.Tensor as tf.Tensor1D;
    return { features: tf.concat([weightedSum(alpha, pooled), part], 1), local: part, alpha, block, chosen };
  });
}

/** The place of the 1 in each row. */
const placeOf = (oneHot: tf.Tensor): tf.Tensor => tf.cast(tf.sum(tf.mul(oneHot, places(oneHot.shape[1]!)), 1), "int32");
