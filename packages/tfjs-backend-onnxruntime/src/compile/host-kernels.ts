import type { Data } from "@fovea/onnx-graph";
import type * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "../backend.js";
import { activeRecorder } from "./recorder.js";

interface HostTensorAttrs {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  readonly fill: () => Data;
}

interface HostCheckAttrs {
  readonly check: (values: Data) => void;
}

/**
 * Two kernels for code that must reach JavaScript from within a compiled function, and that any library can call by
 * `tf.engine().runKernel` without importing this one:
 *
 * - `HostTensor`, attributes { shape, dtype, fill }: a tensor whose numbers `fill()` makes, anew before each run;
 * - `HostCheck`, input x, attribute { check }: calls `check` with the numbers of x in each run, and returns x. If it
 *   throws, the run ends with that error, and no variable is assigned.
 */
export const hostKernels: readonly Omit<tf.KernelConfig, "backendName">[] = [
  {
    kernelName: "HostTensor",
    kernelFunc: ({ attrs, backend }) => {
      const { shape, dtype, fill } = attrs as unknown as HostTensorAttrs;
      const recorder = activeRecorder();
      if (recorder) return recorder.hostTensor(shape, dtype, fill);
      const dataId = (backend as OnnxRuntimeBackend).write(fill() as tf.TypedArray, shape as number[], dtype);
      return { dataId, shape: shape as number[], dtype };
    },
  },
  {
    kernelName: "HostCheck",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const x = inputs["x"]!;
      const { check } = attrs as unknown as HostCheckAttrs;
      if (!activeRecorder()?.check(x, check)) check((backend as OnnxRuntimeBackend).typedNumbers(x));
      (backend as OnnxRuntimeBackend).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  },
];
