import * as tf from "@tensorflow/tfjs-core";
import { interceptKernels } from "./intercept-kernels.js";

/** Time and number of the calls of one kernel. */
export interface KernelTime {
  ms: number;
  calls: number;
}

/**
 * Times every kernel of the backend from now on, in a map that fills as they run. The time of a kernel that another
 * kernel calls counts for its caller.
 */
export function timeKernels(backend: string): ReadonlyMap<string, KernelTime> {
  const times = new Map<string, KernelTime>();
  interceptKernels(tf.getKernelsForBackend(backend), (name, _, run) => {
    const entry = times.get(name) ?? { ms: 0, calls: 0 };
    times.set(name, entry);
    const start = performance.now();
    try {
      return run();
    } finally {
      entry.ms += performance.now() - start;
      entry.calls++;
    }
  });
  return times;
}
