import * as tf from "@tensorflow/tfjs-core";

/** Used instead of -Infinity, whose differences are NaN. Its exponential is 0, too. */
const EXCLUDED = 1e30;

/**
 * Logits with about -1e30 for absent classes, so that a softmax gives them 0.
 *
 * @param logits - [batch, rows, columns, classes]
 * @param present - 1 or 0, [batch or 1, classes]
 */
export function withoutAbsent(logits: tf.Tensor4D, present: tf.Tensor2D): tf.Tensor4D {
  const [scopes, classes] = present.shape;
  return tf.add(logits, tf.reshape(tf.mul(tf.sub(present, 1), EXCLUDED), [scopes, 1, 1, classes]));
}
