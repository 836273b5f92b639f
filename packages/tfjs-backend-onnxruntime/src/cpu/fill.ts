import * as tf from "@tensorflow/tfjs-core";
import { sizeOf, type CpuKernel } from "./cpu-kernel.js";

/** A bool is 0 or 1, whatever number it is filled with. */
export const fill: CpuKernel = {
  name: tf.Fill,
  wrong: "of bools: holds the number as it is",
  run: (_, { shape, value, dtype }) => {
    if (dtype !== "bool") return undefined;
    return { shape: shape as number[], dtype, values: new Uint8Array(sizeOf(shape as number[])).fill(Number(Boolean(value))) }; // prettier-ignore
  },
};
