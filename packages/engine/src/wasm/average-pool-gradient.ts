import { averageFactors } from "@fovea/tfjs-backend-onnxruntime/cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { WasmKernel } from "./wasm-kernel.js";

/**
 * Stock `wasm` divides each error by the full window also where it reaches into padding, which the average does not
 * count: such errors are raised before.
 */
const gradient = (name: string): WasmKernel => ({
  name,
  stock: "wrong",
  run: ({ dy, input }, attrs, stock) => {
    const { factors, output } = averageFactors(input!.shape, attrs);
    if (factors.every((factor) => factor === 1)) return stock({ dy: dy!, input: input! }, attrs);
    return tf.tidy(() => stock({ dy: tf.mul(dy!, tf.tensor(factors, [1, ...output, 1])), input: input! }, attrs));
  },
});

export const averagePoolGradient = gradient(tf.AvgPoolGrad);
