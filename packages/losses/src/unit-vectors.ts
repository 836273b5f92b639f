import * as tf from "@tensorflow/tfjs-core";
import { constantOf } from "./constant-of.js";
import { orOne } from "./weighted-mean.js";

/**
 * The vectors along an axis at length 1; those of zeros stay zeros. They are first divided by their largest number, so
 * that no square overflows or vanishes; only the direction counts, so that the divisor is constant for the gradient.
 */
export function unitVectors(x: tf.Tensor2D, axis: 0 | 1 = 1): tf.Tensor2D {
  const largest = constantOf(x, (x) => orOne(tf.max(tf.abs(x), axis, true)));
  const scaled = tf.div(x, largest);
  const squares = tf.sum(tf.square(scaled), axis, true); // 0, or at least 1
  return tf.div(scaled, tf.sqrt(tf.maximum(squares, 0.5)));
}
