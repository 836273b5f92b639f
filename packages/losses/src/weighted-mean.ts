import * as tf from "@tensorflow/tfjs-core";

/**
 * The weighted mean sum_b(w_b x_b) / sum_b(w_b): the plain mean without weights, and 0 (not NaN) if all weights are 0.
 *
 * @param weights - ≥ 0, [batch]
 */
export function weightedMean(x: tf.Tensor1D, weights?: tf.Tensor1D): tf.Scalar {
  if (!weights) return tf.mean(x);
  return tf.sum(tf.mul(x, tf.div(weights, safeDivisor(tf.sum(weights)))));
}

/** x, with 1 instead of 0: a divisor for means that may be over nothing. */
export const safeDivisor = <T extends tf.Tensor>(x: T): T => tf.add(x, tf.cast(tf.equal(x, 0), "float32"));

/**
 * Replaces rows of weight 0 by zeros. They are not multiplied by 0, since an ignored row may hold NaN and 0 · NaN is
 * NaN.
 *
 * @param x - [..., classes]
 * @param weights - [...]
 */
export const maskRows = <T extends tf.Tensor>(x: T, weights: tf.Tensor): T =>
  tf.where(tf.expandDims(tf.notEqual(weights, 0), -1), x, tf.zerosLike(x));
