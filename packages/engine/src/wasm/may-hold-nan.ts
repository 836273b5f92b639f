import type * as tf from "@tensorflow/tfjs-core";
import { heapOf } from "./backend.js";

/**
 * Whether there is NaN or an infinity among the numbers: eight are looked at at once, by their sum, which is neither
 * otherwise.
 */
export function mayHoldNaN(x: tf.Tensor): boolean {
  if (x.dtype !== "float32") return false;
  const values = heapOf(x) as Float32Array;
  const eights = values.length - (values.length % 8);
  for (let i = 0; i < eights; i += 8) {
    const sum = values[i]! + values[i + 1]! + values[i + 2]! + values[i + 3]! + values[i + 4]! + values[i + 5]! + values[i + 6]! + values[i + 7]!; // prettier-ignore
    if (sum - sum !== 0) return true;
  }
  return !values.subarray(eights).every(Number.isFinite);
}
