import * as tf from "@tensorflow/tfjs-core";
import { tensorOf } from "./backend.js";

export type Inputs = Readonly<Record<string, tf.Tensor>>;
export type Attrs = Readonly<Record<string, unknown>>;
export type Run = (inputs: Inputs, attrs: Attrs) => tf.Tensor;

/** One kernel of `wasm` that this package brings. */
export interface WasmKernel {
  readonly name: string;
  /** What stock `wasm` has in its place. */
  readonly stock: "missing" | "slow" | "wrong";
  /** @param stock - the kernel that was registered before; it throws where there was none */
  run(inputs: Inputs, attrs: Attrs, stock: Run): tf.Tensor | tf.Tensor[];
}

type KernelFunc = tf.KernelConfig["kernelFunc"];

const ours = new WeakSet<KernelFunc>();

/** Puts the kernel in the place of the stock one, which it goes on to use. A second time changes nothing. */
export function registerWasmKernel(kernel: WasmKernel): void {
  const { name, run } = kernel;
  const before = tf.getKernel(name, "wasm");
  if (before && ours.has(before.kernelFunc)) return;
  if (before) tf.unregisterKernel(name, "wasm");
  const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
    const stock: Run = (x, options) => runStock(before, { inputs: x, attrs: options as tf.NamedAttrMap, backend });
    return run(inputs as Inputs, attrs ?? {}, stock); // an op's inputs are tensors, whatever the type says
  };
  ours.add(kernelFunc);
  tf.registerKernel({ ...before, kernelName: name, backendName: "wasm", kernelFunc });
}

function runStock(kernel: tf.KernelConfig | undefined, call: Parameters<KernelFunc>[0]): tf.Tensor {
  if (!kernel) throw new Error("The wasm backend has no such kernel of its own.");
  const result = kernel.kernelFunc(call) as tf.TensorInfo;
  return result instanceof tf.Tensor ? result : tensorOf(result);
}
