import * as tf from "@tensorflow/tfjs-core";

export type Inputs = Readonly<Record<string, tf.Tensor>>;
export type Attrs = Readonly<Record<string, unknown>>;
export type Run = (inputs: Inputs, attrs: Attrs) => tf.Tensor;
export type Result = tf.Tensor | tf.Tensor[];

/** A kernel that this package brings to a backend, in the place of its own. */
export interface Kernel {
  readonly name: string;
  /** @param stock - the kernel that was registered before; it throws where there was none */
  run(inputs: Inputs, attrs: Attrs, stock: Run): Result;
}

type KernelFunc = tf.KernelConfig["kernelFunc"];

const ours = new WeakSet<KernelFunc>();

/** Puts the kernel in the place of the backend's own, which it goes on to use. A second time changes nothing. */
export function putKernel(backendName: string, { name, run }: Kernel): void {
  const before = tf.getKernel(name, backendName);
  if (before && ours.has(before.kernelFunc)) return;
  if (before) tf.unregisterKernel(name, backendName);
  const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) => {
    const stock: Run = (x, options) => {
      if (!before) throw new Error(`The ${backendName} backend has no such kernel of its own.`);
      return runStock(before, { inputs: x, attrs: options as tf.NamedAttrMap, backend });
    };
    return run(inputs as Inputs, attrs ?? {}, stock); // an op's inputs are tensors, whatever the type says
  };
  ours.add(kernelFunc);
  tf.registerKernel({ ...before, kernelName: name, backendName, kernelFunc });
}

function runStock({ kernelFunc }: tf.KernelConfig, call: Parameters<KernelFunc>[0]): tf.Tensor {
  const result = kernelFunc(call);
  const asTensor = (info: tf.TensorInfo) => (info instanceof tf.Tensor ? info : tf.engine().makeTensorFromTensorInfo(info)); // prettier-ignore
  // a list where the kernel gives one
  return (Array.isArray(result) ? result.map(asTensor) : asTensor(result)) as tf.Tensor;
}
