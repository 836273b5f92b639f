import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernel } from "./cpu-kernel.js";

/** A bool is 0 or 1, however often its number is counted. */
const stored = {
  float32: (sums: Float64Array) => Float32Array.from(sums),
  int32: (sums: Float64Array) => Int32Array.from(sums),
  bool: (sums: Float64Array) => Uint8Array.from(sums, (sum) => Number(sum !== 0)),
} as const;

/** How often each number below `size` is in a row, or the sum of its weights; `binaryOutput`: whether it is there. */
const counting = (
  name: string,
  wrong: string,
  outerOf: (shape: readonly number[]) => readonly number[],
): CpuKernel => ({
  name,
  wrong,
  run({ x, weights }, { size: bins, binaryOutput }) {
    const size = bins as number;
    const outer = outerOf(x!.shape);
    const side = x!.values.length / sizeOf(outer);
    const sums = new Float64Array(sizeOf(outer) * size);
    x!.values.forEach((value, i) => {
      if (value < 0) throw new Error(`${name}: expected \`x\` without negative numbers, got ${value}.`);
      if (value >= size) return;
      const at = Math.floor(i / side) * size + value;
      if (binaryOutput) sums[at] = 1;
      else sums[at]! += weights!.values.length > 0 ? weights!.values[i]! : 1;
    });
    const dtype = weights!.dtype as keyof typeof stored;
    return { shape: [...outer, size], dtype, values: stored[dtype](sums) };
  },
});

export const counts: readonly CpuKernel[] = [
  // one row of all numbers, whatever their shape
  counting(tf.Bincount, "with weights that are bools: 2 for true + true", () => []),
  counting(tf.DenseBincount, "of one row: counts, though binaryOutput is asked for; 2 for true + true", (shape) =>
    shape.slice(0, -1),
  ),
];
