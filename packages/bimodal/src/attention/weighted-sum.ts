import * as tf from "@tensorflow/tfjs-core";

/**
 * Σ_i w_i · x_i for each sample.
 *
 * @param weights - [batch, items]
 * @param vectors - [batch, items, dim], finite: 0 · NaN is NaN
 * @returns [batch, dim]
 */
export const weightedSum = (weights: tf.Tensor2D, vectors: tf.Tensor3D): tf.Tensor2D =>
  tf.tidy(() => tf.squeeze(tf.matMul(tf.expandDims(weights, 1), vectors), [1]));
