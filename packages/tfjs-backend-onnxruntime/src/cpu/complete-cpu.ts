import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { kernelFunc } from "./cpu-kernel.js";
import { cpuKernels } from "./cpu-kernels.js";

/**
 * Puts right kernels in the place of those of tfjs's `cpu` backend that are wrong; the `onnxruntime` backend has them
 * anyway. A second call changes nothing.
 */
export function completeCpu(): void {
  for (const kernel of cpuKernels) {
    const stock = tf.getKernel(kernel.name, "cpu");
    const right = kernelFunc(kernel, stock.kernelFunc);
    if (right === stock.kernelFunc) continue;
    tf.unregisterKernel(kernel.name, "cpu");
    tf.registerKernel({ ...stock, kernelFunc: right });
  }
}
