import * as tf from "@tensorflow/tfjs-core";
import type { CpuKernel } from "./cpu-kernel.js";

const arrays = { float32: Float32Array, int32: Int32Array } as const;

const added = "adds step by step in float32: of many numbers, the last are some 10⁻⁴ off";

const range: CpuKernel = {
  name: tf.Range,
  wrong: `${added}; int32 with steps that are not integers; up where a step below 1 leads down`,
  run(_, attrs) {
    const { start, stop, step: given, dtype } = attrs as unknown as tf.RangeAttrs;
    const step = given === 1 && stop < start ? -1 : given; // 1 is the default
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const values = new arrays[dtype](length).map((_, i) => start + i * step);
    return { shape: [length], dtype, values };
  },
};

const linSpace: CpuKernel = {
  name: tf.LinSpace,
  wrong: added,
  run(_, attrs) {
    const { start, stop, num } = attrs as unknown as tf.LinSpaceAttrs;
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    const values = new Float32Array(num).map((_, i) => start + i * step);
    return { shape: [values.length], dtype: "float32", values };
  },
};

export const sequences: readonly CpuKernel[] = [range, linSpace];
