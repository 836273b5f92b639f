import * as tf from "@tensorflow/tfjs-core";
import { withoutGradient } from "./stop-gradient.js";

/**
 * The vectors along an axis at length 1: y = x / ‖x‖₂. A vector of zeros stays zeros.
 *
 * Vectors of any finite length are normalized without overflow: they are first divided by their largest number, which
 * is a constant for the gradient, since only the direction of x counts.
 *
 * @param axis - default: the last
 */
export function l2Normalize<T extends tf.Tensor>(x: T, axis = -1): T {
  return tf.tidy(() => {
    const largest = withoutGradient(x, (x) => tf.max(tf.abs(x), axis, true));
    const scaled = tf.div(x, tf.add(largest, tf.cast(tf.equal(largest, 0), "float32")));
    const squares = tf.sum(tf.square(scaled), axis, true); // 0, or at least 1
    return tf.div(scaled, tf.sqrt(tf.maximum(squares, 0.5)));
  });
}
