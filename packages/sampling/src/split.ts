import * as tf from "@tensorflow/tfjs-core";

/** `tf.split` along the first axis; tfjs's own has no gradient for a single part. */
export const split = <T extends tf.Tensor>(x: T, sizes: readonly number[]): T[] =>
  sizes.length === 1 ? [x] : tf.split(x, [...sizes]);
