import * as tf from "@tensorflow/tfjs-core";
import type { CpuKernel } from "./cpu-kernel.js";
import { lost } from "./integers.js";
import { scan } from "./scan.js";

/** Running sums along an axis, kept in doubles. */
const cumsum: CpuKernel = {
  name: tf.Cumsum,
  wrong: "rounds each running sum to float32 before the next number is added: 4 % off after 4 million",
  when: ({ x }) => x!.dtype === "float32",
  run: ({ x }, attrs) => ({
    ...x!,
    values: scan(x!, attrs, new Float32Array(x!.values.length), 0, (sum, value) => sum + value),
  }),
};

const cumprod: CpuKernel = {
  name: tf.Cumprod,
  wrong: lost("products in doubles"),
  when: ({ x }) => x!.dtype === "int32",
  run: ({ x }, attrs) => ({ ...x!, values: scan(x!, attrs, new Int32Array(x!.values.length), 1, Math.imul) }),
};

export const cumulative: readonly CpuKernel[] = [cumsum, cumprod];
