import * as tf from "@tensorflow/tfjs-core";

/**
 * f(x), constant for the gradient, also where f has none at all: through a comparison not even a gradient of 0 finds
 * its way.
 */
export const constantOf = <T extends tf.Tensor, Y extends tf.Tensor>(x: T, f: (x: T) => Y): Y =>
  tf.customGrad((input) => ({ value: f(input as T), gradFunc: () => tf.zeros(x.shape) }))(x) as Y;
