import * as tf from "@tensorflow/tfjs-core";

/**
 * Rows of `x` with the same id, summed; rows whose id is not in [0, segments) are left out.
 *
 * @param x - [rows, ...rest]
 * @param ids - [rows], int32
 * @returns [segments, ...rest]
 */
export function segmentSum(x: tf.Tensor, ids: tf.Tensor1D, segments: number): tf.Tensor {
  const rest = x.shape.slice(1);
  return tf.tidy(() => {
    // scatterND adds what lands in one place, but does not check where that is: strays go to one row more.
    const known = tf.logicalAnd(tf.greaterEqual(ids, 0), tf.less(ids, segments));
    const safe = tf.where(known, ids, tf.fill(ids.shape, segments, "int32"));
    const sums = tf.scatterND(tf.expandDims(safe, 1), x, [segments + 1, ...rest]);
    return tf.slice(sums, 0, [segments, ...rest]);
  });
}
