import { attentionContrast } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const logOf = (...rows: number[][]) => tf.tensor2d(rows.map((row) => row.map(Math.log)));
const ints = (...values: number[]) => tf.tensor1d(values, "int32");
const logits = randomTensor<tf.Tensor2D>([5, 7], 1);
const labels = ints(3, 0, 6, 2, -1);

describeOnEngines("attentionContrast", () => {
  const p = logOf([1 / 2, 1 / 4, 1 / 4], [1 / 8, 3 / 4, 1 / 8], [1 / 4, 1 / 4, 1 / 2]);

  it("is -log of the background's probability, over the images that show something", () => {
    assertClose(attentionContrast(p, ints(1, 0, 2)), (Math.log(2) + Math.log(4)) / 2, 1e-6);
    assertClose(attentionContrast(p, ints(1, 0, 2), { background: 2 }), (Math.log(4) + Math.log(8)) / 2, 1e-6);
  });

  it("is -log(1 - σ) for one logit, of the positives", () => {
    const one = tf.tensor2d([[2], [-3], [100]]);
    const softplus = (x: number) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(0, x);
    assertClose(attentionContrast(one, ints(1, 0, 1)), (softplus(2) + 100) / 2, 1e-6);
  });

  it("is -log of all that is not the image's class, without a background", () => {
    const expected = (-Math.log(3 / 4) - Math.log(7 / 8) - Math.log(1 / 2)) / 3;
    assertClose(attentionContrast(p, ints(1, 0, 2), { background: null }), expected, 1e-6);
    const sure = attentionContrast(tf.tensor2d([[0, 200]]), ints(1), { background: null });
    assertClose(sure, 200, 1e-6); // 1 - p is 0 in floats
  });

  it("is 0 with a gradient of 0 where no image shows anything", () => {
    const nothing = ints(0, 0, -1, 0, 0);
    assertClose(attentionContrast(logits, nothing), 0, 0);
    assertClose(tf.grad((z) => attentionContrast(z as tf.Tensor2D, nothing))(logits), tf.zeros([5, 7]), 0);
  });

  it("is not changed by what the images of the background look like, and gives them no gradient", () => {
    // rows 1 and 4: background, unknown
    const gradient = tf.grad((z) => attentionContrast(z as tf.Tensor2D, labels))(logits);
    for (const row of [1, 4]) assertClose(tf.slice(gradient, row, 1), tf.zeros([1, 7]), 0);
    for (const row of [0, 2, 3])
      expect(tf.max(tf.abs(tf.slice(gradient, row, 1))).dataSync()[0], `${row}`).toBeGreaterThan(0);
    const rows = tf.unstack(logits);
    const others = tf.stack([rows[0]!, tf.fill([7], 1000), rows[2]!, rows[3]!, tf.fill([7], -1000)]) as tf.Tensor2D;
    assertClose(attentionContrast(others, labels), attentionContrast(logits, labels), 0);
  });

  it("is that of its one image, for a batch with one that shows something", () => {
    const alone = attentionContrast(tf.slice(logits, 2, 1), ints(6));
    assertClose(attentionContrast(logits, ints(0, 0, 6, 0, 0)), alone, 1e-6);
  });

  it.each([0, 2, null])("has the gradient that finite differences give, with background %s", (background) => {
    assertGradient((z) => attentionContrast(z as tf.Tensor2D, labels, { background }), [logits]);
    assertNoLeak(() => attentionContrast(logits, labels, { background }));
    const ofUnknown = tf.grad((z) => attentionContrast(z as tf.Tensor2D, labels, { background }))(logits);
    assertClose(tf.slice(ofUnknown, 4, 1), tf.zeros([1, 7]), 0);
  });

  it.each<[string, () => unknown, string]>([
    [
      "a background that is no class",
      () => attentionContrast(logits, labels, { background: 7 }),
      "`background` in 0 … 6 or null, got 7",
    ],
    ["a label that is no class", () => attentionContrast(logits, ints(7, 0, 0, 0, 0)), "got 7 in row 0"],
    ["an empty batch", () => attentionContrast(tf.zeros([0, 3]), ints()), "attentionContrast"],
    ["labels of another batch", () => attentionContrast(logits, ints(0)), "expected `labels` of shape [batch]"],
  ])("refuses %s", (_, run, message) => expect(run).toThrow(message));
});
