import * as tf from "@tensorflow/tfjs-core";

/** The same values, constant for the gradient: d stopGradient(x) / dx = 0. */
export const stopGradient = <T extends tf.Tensor>(x: T): T =>
  tf.customGrad((input) => ({
    value: tf.clone(input as T),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }))(x) as T;
