import { useEngine } from "@fovea/engine";
import { assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { tensorflow } from "../../src/engines/tensorflow.js";
import { assertAsOnCpu } from "../as-on-cpu.js";

const before = tf.getBackend();
const installed = await tensorflow.load().then(() => true, () => false); // prettier-ignore
await tf.setBackend(before);

type Pads = tf.backend_util.ExplicitPadding;
const paddings: (Pads | number)[] = [1, [[0, 0], [2, 0], [1, 2], [0, 0]]]; // prettier-ignore
const strides = [1, 2];
const cases = paddings.flatMap((pad) => strides.map((stride) => ({ pad: pad as number, stride })));

/**
 * Result and gradients of an operation on x [2, 7, 5, 3]. Given a number, tfjs itself is right for square windows only.
 */
const learn = (op: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor, filter: number[]) => () => {
  const inputs = [randomTensor<tf.Tensor4D>([2, 7, 5, 3], 1), randomTensor<tf.Tensor4D>(filter, 2)] as const;
  const { value, grads } = tf.valueAndGrads((x, w) => tf.sin(op(x as tf.Tensor4D, w as tf.Tensor4D)))([...inputs]);
  return [value, ...grads];
};
const onTensorflow = (run: () => tf.Tensor[]) => assertAsOnCpu(run, 1e-5, "tensorflow");

describe.skipIf(!installed)("on tensorflow as on cpu, with padding spelled out or a number:", () => {
  afterAll(async () => void (await tf.setBackend(before)));

  it.each(cases)("conv2d, $pad, stride $stride", ({ pad, stride }) =>
    onTensorflow(learn((x, w) => tf.conv2d(x, w, stride, pad), [3, 3, 3, 2])),
  );

  it.each(cases)("depthwiseConv2d, $pad, stride $stride", ({ pad, stride }) =>
    onTensorflow(learn((x, w) => tf.depthwiseConv2d(x, w, stride, pad), [3, 3, 3, 2])),
  );

  it.each(cases)("fused convolutions, $pad, stride $stride", async ({ pad, stride: strides }) => {
    const fused = { strides, pad, activation: "relu" } as const;
    await onTensorflow(learn((x, filter) => tf.fused.conv2d({ x, filter, ...fused }), [3, 3, 3, 2]));
    await onTensorflow(learn((x, filter) => tf.fused.depthwiseConv2d({ x, filter, ...fused }), [3, 3, 3, 1]));
  });

  it.each(cases)("max pooling, $pad, stride $stride", ({ pad, stride }) =>
    onTensorflow(learn((x, w) => tf.mul(tf.sum(w), tf.maxPool(x, 3, stride, pad)), [1])),
  );

  it.each(cases)("average pooling, $pad, stride $stride, whose gradient is wrong on cpu", async ({ pad, stride }) => {
    const x = () => randomTensor<tf.Tensor4D>([2, 7, 5, 3], 1);
    const pool = (a: tf.Tensor) => tf.avgPool(a as tf.Tensor4D, 3, stride, pad);
    await onTensorflow(() => [pool(x())]);
    await tf.setBackend("tensorflow");
    assertGradient(pool, [x()]);
    const input = x();
    assertNoLeak(() => tf.grad(pool)(input));
  });

  it("dilated convolutions learn", () =>
    onTensorflow(learn((x, w) => tf.conv2d(x, w, 1, "same", "NHWC", 2), [3, 3, 3, 2])));

  it("the engine can be asked for", async () => {
    expect(await useEngine("tensorflow")).toEqual({ engine: "tensorflow", passedOver: [] });
  });
});
