import type * as tf from "@tensorflow/tfjs-core";

/** Options of `knowledgeDistillation` and `mutualDistillation`. */
export interface DistillationOptions {
  /** The temperature that divides both logits, > 0; the higher it is, the softer are both predictions. Default 4. */
  readonly temperature?: number;
  /**
   * One weight ≥ 0 for each row, [batch], for a weighted mean, which is 0 if all weights are 0. A row of weight 0 may
   * hold any numbers, even NaN. Default: all 1.
   */
  readonly sampleWeights?: tf.Tensor1D;
}
