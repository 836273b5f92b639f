import { loweringOf } from "@fovea/onnx-graph";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { OnnxRuntimeBackend } from "./backend.js";
import { compile } from "./compile/compile.js";
import { hostKernels } from "./compile/host-kernels.js";
import { activeRecorder } from "./compile/recorder.js";
import { kernelFunc as corrected } from "./cpu/cpu-kernel.js";
import { cpuKernels } from "./cpu/cpu-kernels.js";
import { dilatedKernels } from "./dilated-kernels.js";
import { count } from "./fallbacks.js";
import { disposeSessions, nativeKernel } from "./kernels.js";
import { loadBinding } from "./runtime/binding.js";

export const backendName = "onnxruntime";

/** Kernels that pass their tensor on and compute nothing. */
const free: ReadonlySet<string> = new Set([tf.Identity, tf.Reshape, tf.ExpandDims]);

/**
 * Makes the backend known to tfjs; it starts when it is chosen. All of cpu's kernels, right and native ones laid over
 * them.
 */
export function register(): void {
  const right = new Map(cpuKernels.map((kernel) => [kernel.name, kernel]));
  for (const { kernelName, kernelFunc: stock, ...rest } of tf.getKernelsForBackend("cpu")) {
    const lowering = loweringOf(kernelName);
    const correction = right.get(kernelName);
    const kernelFunc = correction ? corrected(correction, stock) : stock;
    const counted: tf.KernelFunc = (call) => {
      activeRecorder()?.refuse(kernelName, Object.values(call.inputs).flat());
      count(kernelName);
      return kernelFunc(call);
    };
    const passing: tf.KernelFunc = (call) => (call.backend as OnnxRuntimeBackend).passOn(() => kernelFunc(call));
    const func = lowering ? nativeKernel(lowering, kernelFunc) : free.has(kernelName) ? passing : counted;
    tf.registerKernel({ ...rest, kernelName, backendName, kernelFunc: func });
  }
  for (const kernel of hostKernels) tf.registerKernel({ ...kernel, backendName });
  for (const kernel of dilatedKernels(tf.getKernelsForBackend(backendName))) tf.registerKernel(kernel);
  tf.registerBackend(
    backendName,
    () => {
      loadBinding();
      return new OnnxRuntimeBackend(compile, disposeSessions);
    },
    4, // above wasm, webgl and cpu
  );
}
