import * as tf from "@tensorflow/tfjs-core";

/** What the calls of one kernel took. */
export interface Spent {
  ms: number;
  calls: number;
}

/**
 * From now on, times every kernel of the backend, those that other kernels call not apart. For a process that ends with
 * it.
 */
export function meter(backend: string): ReadonlyMap<string, Spent> {
  const spent = new Map<string, Spent>();
  let depth = 0;
  for (const { kernelName, kernelFunc, ...rest } of tf.getKernelsForBackend(backend)) {
    const timed: tf.KernelFunc = (call) => {
      if (depth > 0) return kernelFunc(call);
      const entry = spent.get(kernelName) ?? { ms: 0, calls: 0 };
      spent.set(kernelName, entry);
      depth++;
      const start = performance.now();
      try {
        return kernelFunc(call);
      } finally {
        depth--;
        entry.ms += performance.now() - start;
        entry.calls++;
      }
    };
    tf.unregisterKernel(kernelName, backend);
    tf.registerKernel({ ...rest, kernelName, kernelFunc: timed });
  }
  return spent;
}
