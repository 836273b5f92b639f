import type * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "../backend.js";

/** A kernel that JavaScript itself does at the speed of memory, where the way into native code would only cost. */
export interface Direct {
  /** tfjs's name of the kernel. */
  readonly kernel: string;
  /** The kernel's output; `undefined` for tensors that are left to its lowering, or to cpu. */
  run(inputs: tf.NamedTensorInfoMap, attrs: object, backend: OnnxRuntimeBackend): tf.TensorInfo | undefined;
}

/** The kernel that asks `direct` first. */
export const directKernel =
  (direct: Direct, otherwise: tf.KernelFunc): tf.KernelFunc =>
  (call) =>
    direct.run(call.inputs, call.attrs ?? {}, call.backend as OnnxRuntimeBackend) ?? otherwise(call);
