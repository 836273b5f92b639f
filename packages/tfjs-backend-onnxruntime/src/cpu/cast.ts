import * as tf from "@tensorflow/tfjs-core";
import type { CpuKernel } from "./cpu-kernel.js";

/** Numbers of the new type, where tfjs gives the old ones another name. */
export const cast: CpuKernel = {
  name: tf.Cast,
  wrong: "to a wider type: numbers that are not of it, such as 2²⁴ + 1 as a float32",
  run({ x }, { dtype }) {
    if (dtype === x!.dtype) return undefined;
    if (dtype === "float32") return { shape: x!.shape, dtype, values: Float32Array.from(x!.values) };
    return dtype === "int32" ? { shape: x!.shape, dtype, values: Int32Array.from(x!.values) } : undefined;
  },
};
