import { withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * f(x) where x > 0; elsewhere 0, with a gradient of 0. For functions whose derivative at 0 is infinite. Where x ≤ 0, f
 * is called with 1.
 */
export function wherePositive<T extends tf.Tensor>(x: T, f: (x: T) => T): T {
  const positive = withoutGradient(x, (x) => tf.cast(tf.greater(x, 0), "float32"));
  return tf.mul(f(tf.add(tf.mul(x, positive), tf.sub(1, positive))), positive);
}

/** √x for x ≥ 0, with a gradient of 0 at x = 0, where the derivative of the square root is infinite. */
export const safeSqrt = <T extends tf.Tensor>(x: T): T => wherePositive(x, tf.sqrt);
