import { crossEntropy, focalLoss } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, classes] = [5, 7];
const logits = randomTensor<tf.Tensor2D>([batch, classes], 1);
const labels = tf.tensor1d([3, 0, -1, 0, 2], "int32");
const classWeights = [1, 2, 3, 4, 5, 6, 7];
const sampleWeights = tf.tensor1d([1, 2, 1, 3, 1]);
const ints = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");
const gradientAt = (f: (z: tf.Tensor2D) => tf.Tensor, x: tf.Tensor2D = logits) =>
  tf.grad((z) => f(z as tf.Tensor2D))(x);

/** The formula, row by row, in float64. */
function enumerated(gamma: number): number {
  const [z, y, s] = [logits.arraySync(), labels.arraySync(), sampleWeights.arraySync()];
  let [sum, weight] = [0, 0];
  z.forEach((row, b) => {
    if (y[b] === -1) return;
    const p = Math.exp(row[y[b]!]!) / row.reduce((total, value) => total + Math.exp(value), 0);
    const w = s[b]! * classWeights[y[b]!]!;
    sum -= w * (1 - p) ** gamma * Math.log(p);
    weight += w;
  });
  return sum / weight;
}

describeOnEngines("focalLoss", () => {
  it("is crossEntropy with gamma 0, in value and gradient, whatever the weights", () => {
    for (const options of [{}, { classWeights, sampleWeights }, { reduction: "sum" }, { ignore: 0 }] as const) {
      const known = "ignore" in options ? ints(3, 0, 1, 0, 2) : labels;
      const focal = (z: tf.Tensor2D) => focalLoss(z, known, { ...options, gamma: 0 });
      assertClose(focal(logits), crossEntropy(logits, known, options), 1e-6);
      assertClose(
        gradientAt(focal),
        gradientAt((z) => crossEntropy(z, known, options)),
        1e-6,
      );
    }
    const each = focalLoss(logits, labels, { gamma: 0, reduction: "none", sampleWeights });
    assertClose(each, crossEntropy(logits, labels, { reduction: "none", sampleWeights }), 1e-6);
  });

  it("is (1 - 1/n)^gamma log n on n equal logits", () => {
    for (const gamma of [0, 0.5, 2, 5])
      assertClose(focalLoss(tf.zeros([batch, classes]), labels, { gamma }), (6 / 7) ** gamma * Math.log(7), 1e-6);
  });

  it("is the formula, row by row", () => {
    for (const gamma of [0.5, 1, 2])
      assertClose(focalLoss(logits, labels, { gamma, classWeights, sampleWeights }), enumerated(gamma), 1e-5);
  });

  it("has the gradient that finite differences give", () => {
    for (const gamma of [0.5, 2])
      assertGradient((z) => focalLoss(z as tf.Tensor2D, labels, { gamma, classWeights, reduction: "none" }), [logits], {
        tolerance: 2e-3,
      });
  });

  it("stays finite on extreme logits, also where gamma < 1 has an infinite derivative", () => {
    const extreme = tf.tensor2d([1e4, -1e4, 0, -1e4, 1e4, 0], [2, 3]);
    for (const gamma of [0, 0.5, 2]) {
      assertClose(focalLoss(extreme, ints(1, 1), { gamma, reduction: "none" }), [2e4, 0], 1e-6);
      const gradient = gradientAt((z) => focalLoss(z, ints(1, 1), { gamma, reduction: "sum" }), extreme);
      assertClose(gradient, tf.tensor2d([1, -1, 0, 0, 0, 0], [2, 3]), 1e-6);
    }
  });

  it("lets a row that counts for nothing hold NaN, and is 0 when none counts", () => {
    const poisoned = tf.concat([tf.slice(logits, 0, 4), tf.fill([1, classes], NaN)]) as tf.Tensor2D;
    const four = tf.slice(logits, 0, 4);
    for (const [y, options] of [
      [-1, {}],
      [2, { sampleWeights: tf.tensor1d([1, 1, 1, 1, 0]) }],
      [2, { classWeights: [1, 1, 0, 1, 1, 1, 1] }],
    ] as const) {
      const focal = (z: tf.Tensor2D) => focalLoss(z, ints(3, 0, 6, 0, y), options);
      assertClose(focal(poisoned), focalLoss(four, ints(3, 0, 6, 0)), 1e-6);
      expect(gradientAt(focal, poisoned).dataSync().every(Number.isFinite)).toBe(true);
    }
    const nothing = (z: tf.Tensor2D) => focalLoss(z, ints(-1, -1, -1, -1, -1));
    assertClose(nothing(logits), 0, 0);
    assertClose(gradientAt(nothing), tf.zeros([batch, classes]), 0);
  });

  it("leaves nothing behind", () => {
    assertNoLeak(() => focalLoss(logits, labels, { classWeights, sampleWeights }));
    assertNoLeak(() => gradientAt((z) => focalLoss(z, labels, { classWeights, sampleWeights })));
  });

  it("refuses options out of range, labels that are no class, and an empty batch", () => {
    expect(() => focalLoss(logits, labels, { gamma: -1 })).toThrow("focalLoss: expected a finite `gamma` ≥ 0, got -1.");
    expect(() => focalLoss(logits, labels, { classWeights: [1, 2] })).toThrow(
      "focalLoss: expected one weight for each class in `classWeights` (classes=7 from `logits`), got 2.",
    );
    expect(() => focalLoss(logits, ints(0, 7, 0, 0, 0))).toThrow("focalLoss: expected `labels` in 0 … 6");
    expect(() => focalLoss(logits, ints(0))).toThrow("focalLoss: expected `labels` of shape [batch] (batch=5");
    expect(() => focalLoss(tf.zeros([0, 3]), tf.zeros([0], "int32"))).toThrow(
      "focalLoss: expected at least one row in `labels`, got an empty batch.",
    );
  });
});
