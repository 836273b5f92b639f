import * as tf from "@tensorflow/tfjs-core";

/**
 * One-hot vectors of class numbers: [...] → [..., classes], float32. A number that is no class gives a row of zeros.
 *
 * `tf.oneHot` refuses a single class, so then a comparison is used; with more classes a comparison, which broadcasts,
 * would be many times slower on wasm. The cast comes last, because `tf.oneHot` in float32 is wrong on wasm.
 */
export const oneHot = (indices: tf.Tensor, classes: number): tf.Tensor =>
  tf.cast(classes === 1 ? tf.equal(tf.expandDims(indices, -1), 0) : tf.oneHot(indices, classes), "float32");
