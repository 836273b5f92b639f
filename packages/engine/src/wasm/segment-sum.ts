import type * as tf from "@tensorflow/tfjs-core";
import { heapOf, sizeOf, uninitialized } from "./backend.js";

/**
 * Rows of `x` with the same id, summed in double precision; rows whose id is not in [0, segments) are left out.
 *
 * @param x - [rows, ...rest], float32 or int32
 * @param ids - [rows], int32
 * @returns [segments, ...rest]
 */
export function segmentSum(x: tf.Tensor, ids: tf.Tensor1D, segments: number): tf.Tensor {
  const [rows, ...rest] = x.shape as [number, ...number[]];
  const length = sizeOf(rest);
  const y = uninitialized([segments, ...rest], x.dtype);
  const [values, places, sums] = [heapOf(x), heapOf(ids), new Float64Array(segments * length)];
  for (let row = 0; row < rows; row++) {
    const segment = places[row]!;
    if (segment < 0 || segment >= segments) continue;
    for (let k = 0; k < length; k++) sums[segment * length + k]! += values[row * length + k]!;
  }
  heapOf(y).set(sums);
  return y;
}
