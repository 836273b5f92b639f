import { crossEntropy, mvHfmdLoss, viewCrossEntropy } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, view, classes] = [2, 3, 5];
const single = randomTensor<tf.Tensor3D>([batch, view, classes], 1);
const labels = tf.tensor1d([4, 1], "int32");
const mask = tf.tensor2d([1, 1, 0, 0, 1, 0], [batch, view]);
const row = (b: number, i: number) => tf.reshape(tf.slice(single, [b, i, 0], [1, 1, classes]), [1, classes]);
const lossOf = (b: number, i: number): number =>
  crossEntropy(row(b, i) as tf.Tensor2D, tf.slice(labels, b, 1)).dataSync()[0]!;

describeOnEngines("viewCrossEntropy", () => {
  it("is ln(classes) on equal logits", () =>
    assertClose(viewCrossEntropy(tf.zeros([batch, view, classes]), labels), Math.log(classes), 1e-6));

  it("is the mean over all views, each with its collection's label", () => {
    const each = [0, 1].flatMap((b) => [0, 1, 2].map((i) => lossOf(b, i)));
    assertClose(viewCrossEntropy(single, labels), each.reduce((sum, x) => sum + x) / 6, 1e-6);
  });

  it("is the mean over the real views, whatever the others hold", () => {
    const expected = (lossOf(0, 0) + lossOf(0, 1) + lossOf(1, 1)) / 3;
    const real = tf.expandDims(tf.cast(mask, "bool"), 2);
    for (const value of [0, NaN, -Infinity]) {
      const padded = tf.where(real, single, tf.fill(single.shape, value));
      assertClose(viewCrossEntropy(padded, labels, { mask }), expected, 1e-6);
      const gradient = (x: tf.Tensor) => tf.grad((z) => viewCrossEntropy(z as tf.Tensor3D, labels, { mask }))(x);
      assertClose(gradient(padded), gradient(single), 1e-7);
    }
  });

  it("is 0, not NaN, without a real view or a known label", () => {
    assertClose(viewCrossEntropy(single, labels, { mask: tf.zeros([batch, view]) }), 0, 0);
    assertClose(viewCrossEntropy(single, tf.tensor1d([-1, -1], "int32")), 0, 0);
  });

  it("is the term `single` of mvHfmdLoss", () => {
    const { terms } = mvHfmdLoss({ single, fused: tf.zeros([batch, classes]) }, labels, { mask });
    assertClose(viewCrossEntropy(single, labels, { mask }), terms["single"]!, 0);
  });

  it("has the gradient that finite differences give, and leaves nothing behind", () => {
    assertGradient((z) => viewCrossEntropy(z as tf.Tensor3D, labels, { mask }), [single], { tolerance: 2e-3 });
    assertNoLeak(() => viewCrossEntropy(single, labels, { mask }));
  });

  it("refuses labels that are no class, and shapes that differ", () => {
    expect(() => viewCrossEntropy(single, tf.tensor1d([0, 5], "int32"))).toThrow(
      "viewCrossEntropy: expected `labels` in 0 … 4 (classes=5 from the logits) or `ignore` -1, got 5 in row 1.",
    );
    expect(() => viewCrossEntropy(single, tf.tensor1d([0, 1]))).toThrow(
      "viewCrossEntropy: expected `labels` of dtype int32, got float32.",
    );
    expect(() => viewCrossEntropy(single, labels, { mask: tf.ones([batch, 2]) })).toThrow(
      "viewCrossEntropy: expected `mask` of shape [batch, view] (batch=2 from `single`, view=3 from `single`), got [2, 2].",
    );
  });
});
