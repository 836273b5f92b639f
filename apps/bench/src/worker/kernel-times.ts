import * as tf from "@tensorflow/tfjs-core";

/** Time and number of the calls of one kernel. */
export interface KernelTime {
  ms: number;
  calls: number;
}

/**
 * Times every kernel of the backend from now on, in a map that fills as they run. The time of a kernel that another
 * kernel calls counts for its caller. Nothing takes the timers off again: this is for a process that ends soon.
 */
export function timeKernels(backend: string): ReadonlyMap<string, KernelTime> {
  const times = new Map<string, KernelTime>();
  let depth = 0;
  for (const { kernelName, kernelFunc, ...rest } of tf.getKernelsForBackend(backend)) {
    const timed: tf.KernelFunc = (call) => {
      if (depth > 0) return kernelFunc(call);
      const entry = times.get(kernelName) ?? { ms: 0, calls: 0 };
      times.set(kernelName, entry);
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
  return times;
}
