import * as tf from "@tensorflow/tfjs-core";

/**
 * 1 where a number says, zeros else: [...] → [..., classes], float32. A number that is no class has a row of zeros.
 * For one class, which `tf.oneHot` refuses (the last batch of an epoch may have one row), it is a comparison; that is
 * not the rule, since on wasm one that broadcasts is many times slower. In int32 first: in float32 wasm's `tf.oneHot`
 * is wrong.
 */
export const oneHot = (indices: tf.Tensor, classes: number): tf.Tensor =>
  tf.cast(classes === 1 ? tf.equal(tf.expandDims(indices, -1), 0) : tf.oneHot(indices, classes), "float32");
