import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernel } from "./cpu-kernel.js";

/** A bool is 0 or 1, whatever number it is filled with. */
export const fill: CpuKernel = {
  name: tf.Fill,
  wrong: "of bools: holds the number as it is",
  when: (_, { dtype }) => dtype === "bool",
  run: (_, { shape, value }) => {
    return { shape: shape as number[], dtype: "bool", values: new Uint8Array(sizeOf(shape as number[])).fill(Number(Boolean(value))) }; // prettier-ignore
  },
};
