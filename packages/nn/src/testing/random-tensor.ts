import * as tf from "@tensorflow/tfjs-core";
import { rng } from "../random.js";

/** A tensor of numbers from N(0, 1). The same seed gives the same numbers on every backend. Default seed: 0. */
export function randomTensor<T extends tf.Tensor = tf.Tensor>(shape: readonly number[], seed = 0): T {
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(rng(seed).split("randomTensor").normal(size), [...shape], "float32") as T;
}
