import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll } from "vitest";
import type { HostNumbers } from "../src/index.js";

interface Cpu {
  makeTensorInfo(shape: number[], dtype: tf.DataType, values: HostNumbers): tf.TensorInfo;
  incRef(dataId: tf.DataId): void;
  readSync(dataId: tf.DataId): HostNumbers;
}

/**
 * The two kernels of an engine that compiles, as it runs them uncompiled, on cpu.
 *
 * @param seen - gets the name of each such kernel that runs, and "filled" after a fill
 * @returns undoes it
 */
function registerHostKernels(seen: string[]): () => void {
  tf.registerKernel({
    kernelName: "HostTensor",
    backendName: "cpu",
    kernelFunc: ({ attrs, backend }) => {
      const { shape, dtype, fill } = attrs as unknown as { shape: number[]; dtype: tf.DataType; fill(): HostNumbers };
      seen.push("HostTensor");
      const made = (backend as unknown as Cpu).makeTensorInfo(shape, dtype, fill());
      seen.push("filled");
      return made;
    },
  });
  tf.registerKernel({
    kernelName: "HostCheck",
    backendName: "cpu",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const x = inputs["x"] as tf.TensorInfo;
      seen.push("HostCheck");
      (attrs as unknown as { check(numbers: HostNumbers): void }).check((backend as unknown as Cpu).readSync(x.dataId));
      (backend as unknown as Cpu).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  });
  return () => {
    tf.unregisterKernel("HostTensor", "cpu");
    tf.unregisterKernel("HostCheck", "cpu");
  };
}

/** The engine of `onCpuWithHostKernels`. */
export interface HostKernelsRun {
  /** The kernels that have run so far, and "filled" after a fill. */
  readonly seen: string[];
  /** Runs `f` without the two kernels. */
  without<T>(f: () => T): T;
}

/** Runs the tests of a file, or of a `describe`, on cpu with the two kernels. */
export function onCpuWithHostKernels(): HostKernelsRun {
  const seen: string[] = [];
  let [before, undo] = ["", () => {}];
  beforeAll(async () => {
    before = tf.getBackend();
    await tf.setBackend("cpu");
    undo = registerHostKernels(seen);
  });
  afterAll(async () => {
    undo();
    await tf.setBackend(before);
  });
  return {
    seen,
    without(f) {
      undo();
      try {
        return f();
      } finally {
        undo = registerHostKernels(seen);
      }
    },
  };
}
