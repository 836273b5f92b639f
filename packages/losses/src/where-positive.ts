import { withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * f(x), and 0 where x ≤ 0, with a slope of 0 there: for functions whose own at 0 is infinite. f is not asked at x ≤ 0,
 * but at 1.
 */
export function wherePositive<T extends tf.Tensor>(x: T, f: (x: T) => T): T {
  const positive = withoutGradient(x, (x) => tf.cast(tf.greater(x, 0), "float32"));
  return tf.mul(f(tf.add(tf.mul(x, positive), tf.sub(1, positive))), positive);
}

/** √x, for lengths and angles that may vanish. */
export const safeSqrt = <T extends tf.Tensor>(x: T): T => wherePositive(x, tf.sqrt);
