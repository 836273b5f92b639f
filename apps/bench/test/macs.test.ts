import * as tf from "@tensorflow/tfjs-core";
import { classifier, resNet } from "@fovea/backbones";
import {
  conv2d,
  depthwiseConv2d,
  inferenceContext,
  linear,
  lstm,
  multiHeadAttention,
  valueAndGradients,
} from "@fovea/nn";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { countMacs } from "../src/worker/macs.js";

const ctx = inferenceContext();
const macsOf = (run: () => tf.Tensor): number => tf.tidy(() => countMacs(run).macs);

describeOnEngines("countMacs", () => {
  it("is k² · in · out for every cell of a convolution's output", () => {
    const conv = conv2d({ in: 3, out: 5, kernel: 3, stride: 2, padding: "same" });
    expect(macsOf(() => conv.forward(tf.ones([2, 7, 11, 3]), ctx))).toBe(9 * 3 * 5 * (2 * 4 * 6));
  });

  it("is k² · channels · multiplier for a depthwise one", () => {
    const conv = depthwiseConv2d({ channels: 3, multiplier: 2, kernel: 5, padding: "same" });
    expect(macsOf(() => conv.forward(tf.ones([2, 7, 11, 3]), ctx))).toBe(25 * 3 * 2 * (2 * 7 * 11));
  });

  it("is as many for either gradient of a convolution", () => {
    const [x, filter, dy] = [tf.ones([2, 5, 5, 3]), tf.ones([3, 3, 3, 7]), tf.ones([2, 5, 5, 7])];
    const convolve = (x: tf.Tensor, filter: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same");
    const forward = macsOf(() => convolve(x, filter));
    const gradients = tf.grads((x, filter) => convolve(x, filter));
    expect(forward).toBe(9 * 3 * 7 * (2 * 5 * 5));
    expect(macsOf(() => gradients([x, filter], dy)[0]!)).toBe(3 * forward);
  });

  it.each([2, 5])("is as many for either gradient of a convolution whose weights are %i cells apart", (dilation) => {
    const conv = conv2d({ in: 3, out: 7, kernel: 3, dilation, bias: false });
    const forward = macsOf(() => conv.forward(tf.ones([2, 5, 5, 3]), ctx));
    expect(forward).toBe(9 * 3 * 7 * (2 * 5 * 5));
    const x = tf.variable(tf.ones([2, 5, 5, 3]));
    const both = () => valueAndGradients({ ...conv.params, x }, () => tf.sum(conv.forward(x, ctx))).gradients["x"]!;
    expect(macsOf(both)).toBe(3 * forward);
  });

  it("is in · out a row of a linear layer", () => {
    const layer = linear({ in: 7, out: 5 });
    expect(macsOf(() => layer.forward(tf.ones([2, 3, 7]), ctx))).toBe(2 * 3 * 7 * 5);
  });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("is m · k · n of a product, transposed (%s, %s)", (transposeA, transposeB) => {
    const a = tf.ones(transposeA ? [2, 5, 3] : [2, 3, 5]);
    const b = tf.ones(transposeB ? [2, 7, 5] : [2, 5, 7]);
    expect(macsOf(() => tf.matMul(a, b, transposeA, transposeB))).toBe(2 * 3 * 5 * 7);
  });

  it("counts projections and both products of attention", () => {
    const [batch, tokens, dim] = [2, 5, 6];
    const attention = multiHeadAttention({ dim, heads: 3 });
    const expected = batch * (4 * tokens * dim * dim + 2 * tokens * tokens * dim);
    expect(macsOf(() => attention.forward(tf.ones([batch, tokens, dim]), ctx))).toBe(expected);
  });

  it("is (in + hidden) · 4 · hidden for each step of an LSTM, whether it is padding or not", () => {
    const [batch, steps, hidden] = [2, 5, 3];
    const layer = lstm({ in: 7, hidden });
    const mask = tf.tensor2d([1, 1, 0, 0, 0, 1, 1, 1, 1, 1], [batch, steps]);
    const macs = macsOf(() => layer.forward(tf.ones([batch, steps, 7]), ctx, mask).last);
    expect(macs).toBe(batch * steps * (7 + hidden) * 4 * hidden);
  });

  it("does not count elementwise work, and leaves the kernels as they were", () => {
    const before = tf.getKernel(tf.BatchMatMul, tf.getBackend());
    expect(macsOf(() => tf.sum(tf.mul(tf.ones([3, 3]), 2)))).toBe(0);
    expect(() => countMacs(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])))).toThrow("matMul");
    expect(tf.getKernel(tf.BatchMatMul, tf.getBackend())).toBe(before);
  });
});

it("counts what is published for ResNet-18: 1.814 G at 224 pixels, a 49th of its convolutions at 32", () => {
  const net = classifier(resNet({ depth: 18 }), { classes: 1000 });
  const macs = macsOf(() => net.forward(tf.ones([1, 32, 32, 3]), ctx));
  net.dispose();
  expect((macs - 512_000) * 49 + 512_000).toBe(1_814_073_344);
});
