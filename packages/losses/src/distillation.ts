import type * as tf from "@tensorflow/tfjs-core";

/** What both distillation losses can be told. */
export interface DistillationOptions {
  /** Softens both sides; > 0. Default 4. */
  readonly temperature?: number;
  /**
   * One weight ≥ 0 a row, [batch], for a weighted mean; 0 when all are 0. A row of weight 0 may hold anything. Default:
   * all 1.
   */
  readonly sampleWeights?: tf.Tensor1D;
}
