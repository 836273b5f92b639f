import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "../backend.js";
import { typeOf } from "../graph/types.js";
import type { Direct } from "./direct.js";

function filled(backend: OnnxRuntimeBackend, shape: number[], dtype: tf.DataType, value: unknown) {
  const type = typeOf(dtype);
  if (!type) return undefined;
  const { info, data } = backend.uninitialized(shape, type);
  (data as Float32Array).fill(Number(value));
  return info;
}

const like = (kernel: string, value: number): Direct => ({
  kernel,
  run: ({ x }, _, backend) => filled(backend, x!.shape, x!.dtype, value),
});

export const fills: readonly Direct[] = [
  like(tf.ZerosLike, 0),
  like(tf.OnesLike, 1),
  {
    kernel: tf.Fill,
    run(_, attrs, backend) {
      const { shape, value, dtype } = attrs as { shape: number[]; value: number | string; dtype?: tf.DataType };
      return filled(backend, shape, dtype ?? tf.util.inferDtype(value), value);
    },
  },
];
