import * as tf from "@tensorflow/tfjs-core";
import type { Inputs, Run } from "../kernels/put-kernel.js";
import { heapOf, uninitialized } from "./backend.js";
import type { WasmKernel } from "./wasm-kernel.js";

/** A function of each float, in a loop over WebAssembly's memory; other types are left to `stock`. */
const loop = (name: string, f: (x: number) => number): WasmKernel => ({
  name,
  stock: "wrong",
  run: (inputs, attrs, stock) => {
    const x = inputs["x"]!;
    if (x.dtype !== "float32") return stock(inputs, attrs);
    const y = uninitialized(x.shape, "float32");
    const [from, to] = [heapOf(x), heapOf(y)];
    for (let i = 0; i < to.length; i++) to[i] = f(from[i]!);
    return y;
  },
});

const [scale, alpha] = [1.0507009873554805, 1.6732632423543772]; // Klambauer et al. 2017, eq. 2

/** selu x = scale · (elu x + (alpha − 1) · elu min(x, 0)), by the backend's `elu`, which is right. */
function selu(inputs: Inputs, attrs: Readonly<Record<string, unknown>>, stock: Run): tf.Tensor {
  const x = inputs["x"]!;
  if (x.dtype !== "float32") return stock(inputs, attrs);
  return tf.tidy(() => {
    const negative = tf.elu(tf.neg(tf.relu(tf.neg(x))));
    return tf.mul(tf.add(tf.elu(x), tf.mul(negative, alpha - 1)), scale);
  });
}

/** Stock `wasm` is imprecise near 0, and for large numbers; its `sin` and `cos` are slower than the loop, too. */
export const functionKernels: readonly WasmKernel[] = [
  loop(tf.Sin, Math.sin),
  loop(tf.Cos, Math.cos),
  loop(tf.Log1p, Math.log1p),
  loop(tf.Sign, (x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
  { name: tf.Selu, stock: "wrong", run: selu },
];
