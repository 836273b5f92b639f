import * as tf from "@tensorflow/tfjs-core";

/**
 * sum_b(w_b x_b) / sum_b(w_b), the plain mean without weights, and 0 (not NaN) when all weights are 0. Weights ≥ 0,
 * [batch].
 */
export function weightedMean(x: tf.Tensor1D, weights?: tf.Tensor1D): tf.Scalar {
  if (!weights) return tf.mean(x);
  return tf.sum(tf.mul(x, tf.div(weights, safeDivisor(tf.sum(weights)))));
}

/** x, or 1 where x is 0: the denominator of a mean that may be over nothing. */
export const safeDivisor = <T extends tf.Tensor>(x: T): T => tf.add(x, tf.cast(tf.equal(x, 0), "float32"));

/**
 * Zeros in place of rows of weight 0, by choice and not by product: a row that counts for nothing may hold NaN. x:
 * [batch, classes].
 */
export const maskRows = (x: tf.Tensor2D, weights: tf.Tensor): tf.Tensor2D =>
  tf.where(tf.expandDims(tf.notEqual(weights, 0), 1), x, tf.zerosLike(x));
