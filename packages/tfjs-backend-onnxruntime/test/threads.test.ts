import * as tf from "@tensorflow/tfjs-core";
import { getThreads, setThreads } from "@fovea/tfjs-backend-onnxruntime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const noise = (shape: number[]) => tf.randomNormal(shape, 0, 1, "float32", 7);
const conv = { strides: [1, 1], pad: "same", dataFormat: "NHWC", dilations: [1, 1] };

/** Kernels on tensors so large that all threads take part. */
const calls: readonly [string, () => Record<string, tf.Tensor>, object][] = [
  [tf.BatchMatMul, () => ({ a: noise([400, 400]), b: noise([400, 400]) }), { transposeA: true, transposeB: false }],
  [tf.Conv2D, () => ({ x: noise([8, 32, 32, 32]), filter: noise([3, 3, 32, 32]) }), conv],
  [tf.Conv2DBackpropInput, () => ({ dy: noise([8, 32, 32, 32]), filter: noise([3, 3, 32, 32]) }), { ...conv, inputShape: [8, 32, 32, 32] }], // prettier-ignore
  [tf.Conv2DBackpropFilter, () => ({ x: noise([8, 32, 32, 32]), dy: noise([8, 32, 32, 32]) }), { ...conv, filterShape: [3, 3, 32, 32] }], // prettier-ignore
  [tf.DepthwiseConv2dNative, () => ({ x: noise([2, 64, 64, 16]), filter: noise([3, 3, 16, 1]) }), conv],
  [tf.DepthwiseConv2dNativeBackpropFilter, () => ({ x: noise([2, 64, 64, 16]), dy: noise([2, 64, 64, 16]) }), { ...conv, filterShape: [3, 3, 16, 1] }], // prettier-ignore
  [tf.MaxPool, () => ({ x: noise([4, 64, 64, 16]) }), { filterSize: 3, strides: 1, pad: "same" }],
  [tf.MaxPoolGrad, () => ({ dy: noise([4, 64, 64, 16]), input: noise([4, 64, 64, 16]), output: noise([4, 64, 64, 16]) }), { filterSize: 3, strides: 1, pad: "same" }], // prettier-ignore
  [tf.AvgPoolGrad, () => ({ dy: noise([4, 64, 64, 16]), input: noise([4, 64, 64, 16]) }), { filterSize: 3, strides: 1, pad: "same" }], // prettier-ignore
];

describe("several threads compute what one does", () => {
  const before = getThreads();
  beforeAll(async () => void (await tf.setBackend("onnxruntime")));
  afterAll(() => setThreads(before));

  it.each(calls)("%s", (kernel, inputs, attrs) => {
    const [one, four] = [1, 4].map((threads) => {
      setThreads(threads);
      return tf.tidy(() => {
        const y = tf.engine().runKernel(kernel, inputs() as unknown as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
        return (y as tf.Tensor).dataSync() as Float32Array;
      });
    });
    const furthest = one!.reduce((most, value, i) => Math.max(most, Math.abs(value - four![i]!)), 0);
    expect(furthest).toBeLessThan(1e-3);
    expect(one!.some((value) => value !== 0)).toBe(true);
  });
});
