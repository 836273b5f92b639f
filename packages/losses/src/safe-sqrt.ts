import * as tf from "@tensorflow/tfjs-core";

/** √x, and 0 where x ≤ 0, with a slope of 0 there: lengths and angles that vanish would give an infinite one. */
export function safeSqrt<T extends tf.Tensor>(x: T): T {
  const positive = tf.cast(tf.greater(x, 0), "float32");
  const inside = tf.add(tf.mul(x, positive), tf.sub(1, positive)); // 1 where x ≤ 0
  return tf.mul(tf.sqrt(inside), positive);
}
