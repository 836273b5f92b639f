import * as tf from "@tensorflow/tfjs-core";

/** The values of `x` as a constant for the gradient: d stopGradient(x) / dx = 0. */
export const stopGradient = <T extends tf.Tensor>(x: T): T => withoutGradient(x, tf.clone);

/**
 * f(x) as a constant for the gradient: the derivative with respect to x is 0. Unlike `stopGradient(f(x))` it also works
 * where f has no gradient at all, such as a comparison.
 */
export const withoutGradient = <T extends tf.Tensor, Y extends tf.Tensor>(x: T, f: (x: T) => Y): Y =>
  tf.customGrad((input) => ({ value: f(input as T), gradFunc: () => tf.zeros(x.shape) }))(x) as Y;
