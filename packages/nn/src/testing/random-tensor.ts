import * as tf from "@tensorflow/tfjs-core";
import { rng } from "../random.js";

/** Numbers from N(0, 1) in the given shape, the same for the same seed on every backend. */
export function randomTensor<T extends tf.Tensor = tf.Tensor>(shape: readonly number[], seed = 0): T {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(rng(seed).split("randomTensor").normal(size), [...shape], "float32") as T;
}
