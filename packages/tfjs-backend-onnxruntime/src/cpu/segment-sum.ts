import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernel } from "./cpu-kernel.js";

/** Rows of `x` with the same id, summed; rows whose id is not in [0, segments) are left out. */
export const segmentSum: CpuKernel = {
  name: tf.UnsortedSegmentSum,
  wrong: "0 · ∞, NaN, in every segment where one holds an infinity; floats for integers",
  when: ({ segmentIds }) => segmentIds!.shape.length === 1,
  run({ x, segmentIds }, { numSegments }) {
    const segments = numSegments as number;
    const [n, ...rest] = x!.shape as [number, ...number[]];
    const length = sizeOf(rest);
    const sums = new Float64Array(segments * length);
    for (let row = 0; row < n; row++) {
      const segment = segmentIds!.values[row]!;
      if (segment < 0 || segment >= segments) continue;
      for (let k = 0; k < length; k++) sums[segment * length + k]! += x!.values[row * length + k]!;
    }
    const dtype = x!.dtype === "int32" ? "int32" : "float32";
    return {
      shape: [segments, ...rest],
      dtype,
      values: dtype === "int32" ? Int32Array.from(sums) : Float32Array.from(sums),
    };
  },
};
