import * as tf from "@tensorflow/tfjs-core";

type Call = Parameters<tf.KernelFunc>[0];
type Result = ReturnType<tf.KernelFunc>;

/**
 * Passes every call of some kernels through `around`, which must run it; a call that one of them makes for another is
 * run as it is.
 *
 * @returns a function that puts the kernels back as they were
 */
export function interceptKernels(
  kernels: readonly tf.KernelConfig[],
  around: (name: string, call: Call, run: () => Result) => Result,
): () => void {
  let depth = 0;
  for (const kernel of kernels)
    replace({
      ...kernel,
      kernelFunc(call) {
        const run = () => kernel.kernelFunc(call);
        if (depth > 0) return run();
        depth++;
        try {
          return around(kernel.kernelName, call, run);
        } finally {
          depth--;
        }
      },
    });
  return () => kernels.forEach(replace);
}

function replace(kernel: tf.KernelConfig): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
