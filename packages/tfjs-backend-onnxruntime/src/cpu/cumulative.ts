import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "../graph/types.js";
import type { CpuKernel } from "./cpu-kernel.js";

/** Running sums along an axis, kept in doubles. */
export const cumsum: CpuKernel = {
  name: tf.Cumsum,
  wrong: "rounds each running sum to float32 before the next number is added: 4 % off after 4 million",
  when: ({ x }) => x!.dtype === "float32",
  run({ x }, attrs) {
    const { axis, exclusive, reverse } = attrs as unknown as tf.CumsumAttrs;
    const along = tf.util.parseAxisParam(axis, [...x!.shape])[0]!;
    const [side, step] = [x!.shape[along]!, sizeOf(x!.shape.slice(along + 1))];
    const values = new Float32Array(x!.values.length);
    for (let row = 0; row < values.length / side; row++) {
      const start = Math.floor(row / step) * side * step + (row % step);
      let sum = 0;
      for (let k = 0; k < side; k++) {
        const at = start + (reverse ? side - 1 - k : k) * step;
        values[at] = exclusive ? sum : sum + x!.values[at]!;
        sum += x!.values[at]!;
      }
    }
    return { shape: x!.shape, dtype: "float32", values };
  },
};
