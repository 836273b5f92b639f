import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernel } from "./cpu-kernel.js";

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** What is left when an axis without numbers is reduced. */
const ofNothing = (name: string, wrong: string, value: number, result?: "float32"): CpuKernel => ({
  name,
  wrong: `of no numbers: ${wrong}`,
  when: ({ x }) => sizeOf(x!.shape) === 0,
  run({ x }, { axis, reductionIndices, keepDims }) {
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number[], [...x!.shape]);
    const [out] = tf.backend_util.computeOutAndReduceShapes([...x!.shape], axes);
    const shape = keepDims ? tf.backend_util.expandShapeToKeepDim(out, axes) : out;
    const dtype = result ?? (x!.dtype as keyof typeof arrays);
    return { shape, dtype, values: new arrays[dtype](sizeOf(shape)).fill(value) };
  },
});

export const empty: readonly CpuKernel[] = [
  ofNothing(tf.Max, "NaN, not −∞", -Infinity),
  ofNothing(tf.Min, "NaN, not ∞", Infinity),
  ofNothing(tf.Mean, "0, not NaN", NaN, "float32"),
  ofNothing(tf.All, "false", 1),
];
