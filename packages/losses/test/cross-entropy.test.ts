import { crossEntropy, type CrossEntropyOptions } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, classes] = [5, 7];
const logits = randomTensor<tf.Tensor2D>([batch, classes], 1);
const labels = tf.tensor1d([3, 0, 6, 0, 2], "int32");
const gradientAt = (f: (x: tf.Tensor2D) => tf.Tensor, x: tf.Tensor2D = logits): tf.Tensor2D =>
  tf.grad((z) => f(z as tf.Tensor2D))(x) as tf.Tensor2D;

/** l_b for logits whose softmax is known: log p. */
const logOf = (...rows: number[][]): tf.Tensor2D => tf.tensor2d(rows.map((row) => row.map(Math.log)));
const ints = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");

describeOnEngines("crossEntropy", () => {
  it("is ln(classes) on equal logits", () => {
    assertClose(crossEntropy(tf.zeros([batch, classes]), labels), Math.log(classes), 1e-6);
  });

  it("is -log of the right class's probability, averaged", () => {
    const p = logOf([1 / 2, 1 / 4, 1 / 4], [1 / 8, 3 / 4, 1 / 8]);
    const each = [Math.log(2), Math.log(8)];
    assertClose(crossEntropy(p, ints(0, 2), { reduction: "none" }), each, 1e-6);
    assertClose(crossEntropy(p, ints(0, 2), { reduction: "sum" }), each[0]! + each[1]!, 1e-6);
    assertClose(crossEntropy(p, ints(0, 2)), (each[0]! + each[1]!) / 2, 1e-6);
  });

  it("does not change when a row is shifted", () => {
    const shifted = tf.add(logits, tf.tensor2d([3, -7, 0, 11, 50], [batch, 1]));
    assertClose(crossEntropy(shifted as tf.Tensor2D, labels), crossEntropy(logits, labels), 1e-5);
  });

  it("leaves ignored rows out of the sum and of the mean", () => {
    const p = logOf([1 / 2, 1 / 2], [1 / 4, 3 / 4], [1 / 8, 7 / 8]);
    assertClose(crossEntropy(p, ints(0, -1, 0)), (Math.log(2) + Math.log(8)) / 2, 1e-6);
    assertClose(crossEntropy(p, ints(0, 1, 0), { ignore: 1 }), (Math.log(2) + Math.log(8)) / 2, 1e-6);
    assertClose(crossEntropy(p, ints(0, -1, 0), { reduction: "none" }), [Math.log(2), 0, Math.log(8)], 1e-6);
  });

  it("is 0 with a gradient of 0, not NaN, when every row is ignored", () => {
    const nothing = tf.fill([batch], -1, "int32") as tf.Tensor1D;
    for (const options of [{}, { labelSmoothing: 0.1 }, { reduction: "sum" }] as const) {
      assertClose(crossEntropy(logits, nothing, options), 0, 0);
      assertClose(
        gradientAt((z) => crossEntropy(z, nothing, options)),
        tf.zeros([batch, classes]),
        0,
      );
    }
  });

  it("smooths towards the uniform distribution over all classes, the right one included", () => {
    // p = (1/2, 1/4, 1/4), share 0.3: t = (0.8, 0.1, 0.1)
    const expected = 0.8 * Math.log(2) + 0.2 * Math.log(4);
    assertClose(crossEntropy(logOf([1 / 2, 1 / 4, 1 / 4]), ints(0), { labelSmoothing: 0.3 }), expected, 1e-6);
  });

  it("averages with class weights as PyTorch does: over the weights of the labels", () => {
    const p = logOf([1 / 2, 1 / 2], [1 / 4, 3 / 4]);
    const classWeights = [3, 5];
    const sum = 3 * Math.log(2) + 5 * Math.log(4 / 3);
    assertClose(crossEntropy(p, ints(0, 1), { classWeights, reduction: "sum" }), sum, 1e-6);
    assertClose(crossEntropy(p, ints(0, 1), { classWeights }), sum / (3 + 5), 1e-6);
    // smoothed: every class's share has that class's weight, the denominator stays w_y
    const smooth = 3 * 0.9 * Math.log(2) + 5 * 0.1 * Math.log(2);
    assertClose(crossEntropy(p, ints(0, -1), { classWeights, labelSmoothing: 0.2 }), smooth / 3, 1e-6);
  });

  it("averages with sample weights", () => {
    const p = logOf([1 / 2, 1 / 2], [1 / 4, 3 / 4], [1 / 8, 7 / 8]);
    const sampleWeights = tf.tensor1d([2, 0, 3]);
    const expected = (2 * Math.log(2) + 3 * Math.log(8)) / 5;
    assertClose(crossEntropy(p, ints(0, 0, 0), { sampleWeights }), expected, 1e-6);
    assertClose(crossEntropy(p, ints(0, 0, 0), { sampleWeights, classWeights: [7, 1] }), expected, 1e-6);
  });

  it("has the gradient (softmax - one-hot) / batch", () => {
    const expected = tf.div(tf.sub(tf.softmax(logits), tf.oneHot(labels, classes)), batch);
    assertClose(
      gradientAt((z) => crossEntropy(z, labels)),
      expected,
      1e-7,
    );
  });

  it("has the gradient that finite differences give", () => {
    const sampleWeights = tf.tensor1d([1, 2, 0, 3, 1]);
    const classWeights = [1, 2, 3, 4, 5, 6, 7];
    for (const options of [{}, { labelSmoothing: 0.2, classWeights, sampleWeights }])
      assertGradient((z) => crossEntropy(z as tf.Tensor2D, labels, options), [logits], { tolerance: 2e-3 });
    assertGradient((z) => crossEntropy(z as tf.Tensor2D, labels, { classWeights, reduction: "none" }), [logits]);
  });

  it("stays finite on extreme logits", () => {
    const extreme = tf.tensor2d([1e4, -1e4, 0, -1e4, 1e4, 0], [2, 3]);
    assertClose(crossEntropy(extreme, ints(1, 1), { reduction: "none" }), [2e4, 0], 1e-6);
    const gradient = gradientAt((z) => crossEntropy(z, ints(1, 1), { reduction: "sum", labelSmoothing: 0.3 }), extreme);
    assertClose(gradient, tf.tensor2d([0.9, -0.8, -0.1, -0.1, 0.2, -0.1], [2, 3]), 1e-6);
  });

  it.each([NaN, Infinity, -Infinity])("lets a row that counts for nothing hold %s", (poison) => {
    const poisoned = tf.concat([tf.slice(logits, 0, 4), tf.fill([1, classes], poison)]) as tf.Tensor2D;
    const four = tf.slice(logits, 0, 4);
    const known = ints(3, 0, 6, 0);
    for (const [y, options] of [
      [-1, {}],
      [-1, { labelSmoothing: 0.2 }],
      [2, { sampleWeights: tf.tensor1d([1, 1, 1, 1, 0]), labelSmoothing: 0.2 }],
      [2, { classWeights: [1, 1, 0, 1, 1, 1, 1] }],
    ] as const) {
      const { labelSmoothing = 0, classWeights } = options as CrossEntropyOptions;
      const less = { labelSmoothing, ...(classWeights && { classWeights }) };
      const all = ints(3, 0, 6, 0, y);
      assertClose(crossEntropy(poisoned, all, options), crossEntropy(four, known, less), 1e-6);
      assertClose(tf.slice(crossEntropy(poisoned, all, { ...options, reduction: "none" }), 4), [0], 0);
      const expected = tf.concat([gradientAt((z) => crossEntropy(z, known, less), four), tf.zeros([1, classes])]);
      assertClose(
        gradientAt((z) => crossEntropy(z, all, options), poisoned),
        expected,
        1e-7,
      );
    }
  });

  it("lets a logit of -Infinity rule a class out, as if it were not there", () => {
    const two = tf.tensor2d([1, 2, 0, -1], [2, 2]);
    const three = tf.concat([two, tf.fill([2, 1], -Infinity)], 1) as tf.Tensor2D;
    for (const options of [{}, { labelSmoothing: 0.2, classWeights: [1, 1, 0] }]) {
      // the share of the class that is out has weight 0; the others' is 0.2 / 3
      const labelSmoothing = "labelSmoothing" in options ? (2 * 0.2) / 3 : 0;
      const scale = "labelSmoothing" in options ? 1 - 0.2 / 3 : 1; // of the targets' sum
      const f = (z: tf.Tensor2D) =>
        tf.mul(crossEntropy(z, ints(1, 0), { labelSmoothing: labelSmoothing / scale }), scale);
      assertClose(crossEntropy(three, ints(1, 0), options), f(two), 1e-6);
      assertClose(
        gradientAt((z) => crossEntropy(z, ints(1, 0), options), three),
        tf.concat([gradientAt(f, two), tf.zeros([2, 1])], 1),
        1e-6,
      );
    }
    expect(crossEntropy(three, ints(2, 0), { reduction: "none" }).dataSync()[0]).toBe(Infinity);
  });

  it("leaves nothing behind", () => {
    const sampleWeights = tf.tensor1d([1, 2, 0, 3, 1]);
    const options = { labelSmoothing: 0.1, classWeights: [1, 2, 3, 4, 5, 6, 7], sampleWeights };
    assertNoLeak(() => crossEntropy(logits, labels, options));
    assertNoLeak(() => gradientAt((z) => crossEntropy(z, labels, options)));
  });
});

describeOnEngines("crossEntropy with soft targets", () => {
  const targets: tf.Tensor2D = tf.softmax(randomTensor<tf.Tensor2D>([batch, classes], 2));
  const oneHot = tf.cast(tf.oneHot(labels, classes), "float32") as tf.Tensor2D;
  const sampleWeights = tf.tensor1d([1, 2, 0, 3, 1]);
  const classWeights = [1, 2, 3, 4, 5, 6, 7];

  it("that are one-hot is that with labels", () => {
    for (const options of [
      {},
      { labelSmoothing: 0.2 },
      { sampleWeights },
      { reduction: "sum", classWeights },
    ] as const) {
      assertClose(crossEntropy(logits, oneHot, options), crossEntropy(logits, labels, options), 1e-6);
      assertClose(
        gradientAt((z) => crossEntropy(z, oneHot, options)),
        gradientAt((z) => crossEntropy(z, labels, options)),
        1e-7,
      );
    }
  });

  it("that mix two labels is the same mixture of their losses, as mixup has it", () => {
    const others = ints(1, 1, 2, 5, 4);
    const mixed = tf.add(tf.mul(oneHot, 0.3), tf.mul(tf.oneHot(others, classes), 0.7)) as tf.Tensor2D;
    const expected = tf.add(tf.mul(crossEntropy(logits, labels), 0.3), tf.mul(crossEntropy(logits, others), 0.7));
    assertClose(crossEntropy(logits, mixed), expected, 1e-6);
  });

  it("is the entropy of the targets plus their divergence from the predictions, least where these are equal", () => {
    const own = tf.log(targets) as tf.Tensor2D;
    const entropy = tf.neg(tf.mean(tf.sum(tf.mul(targets, own), 1)));
    assertClose(crossEntropy(own, targets), entropy, 1e-6);
    assertClose(
      gradientAt((z) => crossEntropy(z, targets), own),
      tf.zeros([batch, classes]),
      1e-7,
    );
  });

  it("divides by the samples, not by the class weights, as PyTorch does", () => {
    const p = logOf([1 / 2, 1 / 2], [1 / 4, 3 / 4]);
    const halves = tf.tensor2d([0.5, 0.5, 1, 0], [2, 2]);
    const sum = 0.5 * 3 * Math.log(2) + 0.5 * 5 * Math.log(2) + 3 * Math.log(4);
    assertClose(crossEntropy(p, halves, { classWeights: [3, 5] }), sum / 2, 1e-6);
    assertClose(crossEntropy(p, halves, { sampleWeights: tf.tensor1d([0, 2]) }), Math.log(4), 1e-6);
  });

  it("has the gradient that finite differences give, and gives the targets none", () => {
    const options = { labelSmoothing: 0.2, classWeights, sampleWeights };
    assertGradient((z) => crossEntropy(z as tf.Tensor2D, targets, options), [logits], { tolerance: 2e-3 });
    assertClose(tf.grad((t) => crossEntropy(logits, t as tf.Tensor2D))(targets), tf.zeros([batch, classes]), 0);
    assertNoLeak(() => crossEntropy(logits, targets, options));
  });

  it("refuses what are no probabilities, by row", () => {
    const rows = (...values: number[]) => crossEntropy(tf.zeros([2, 2]), tf.tensor2d(values, [2, 2]));
    const expected = "crossEntropy: expected soft targets `labels` ≥ 0 that add up to 1 in each row, got";
    expect(() => rows(1, 0, 0.5, 0.4)).toThrow(`${expected} a sum of 0.9`);
    expect(() => rows(1.5, -0.5, 1, 0)).toThrow(`${expected} -0.5 in row 0.`);
    expect(() => rows(1, 0, NaN, 1)).toThrow(`${expected} NaN in row 1.`);
    expect(() => rows(0.5, 0.4995, 1, 0)).not.toThrow();
    expect(() => crossEntropy(tf.zeros([2, 2]), tf.ones<tf.Rank.R2>([2, 2], "int32"))).toThrow(
      "crossEntropy: expected soft targets `labels` of dtype float32, got int32.",
    );
    expect(() => crossEntropy(tf.zeros([2, 3]), tf.zeros<tf.Rank.R2>([2, 2]))).toThrow(
      "expected `labels` of shape [batch, classes]",
    );
  });
});

describeOnEngines("crossEntropy refuses", () => {
  it("a label that is no class, by value and row", () => {
    expect(() => crossEntropy(logits, ints(0, 1, 7, 0, 0))).toThrow(
      "crossEntropy: expected `labels` in 0 … 6 (classes=7 from the logits) or `ignore` -1, got 7 in row 2.",
    );
    expect(() => crossEntropy(logits, labels, { ignore: 3 })).not.toThrow();
    expect(() => crossEntropy(logits, ints(0, -1, 0, 0, 0), { ignore: -100 })).toThrow("got -1 in row 1");
  });

  it("labels of another dtype or length", () => {
    expect(() => crossEntropy(logits, tf.tensor1d([0, 1, 2, 3, 4]))).toThrow(
      "crossEntropy: expected `labels` of dtype int32, got float32.",
    );
    expect(() => crossEntropy(logits, ints(0, 1, 2))).toThrow(
      "crossEntropy: expected `labels` of shape [batch] (batch=5 from `logits`), got [3].",
    );
    expect(() => crossEntropy(logits, labels, { sampleWeights: tf.ones([3]) })).toThrow(
      "crossEntropy: expected `sampleWeights` of shape [batch] (batch=5 from `logits`), got [3].",
    );
  });

  it("an empty batch", () => {
    expect(() => crossEntropy(tf.zeros([0, classes]), tf.zeros([0], "int32"))).toThrow(
      "crossEntropy: expected at least one row in `labels`, got an empty batch.",
    );
  });

  it("options out of range", () => {
    expect(() => crossEntropy(logits, labels, { labelSmoothing: 1.5 })).toThrow(
      "crossEntropy: expected `labelSmoothing` in [0, 1], got 1.5.",
    );
    expect(() => crossEntropy(logits, labels, { classWeights: [1, 2] })).toThrow(
      "crossEntropy: expected one weight for each class in `classWeights` (classes=7 from `logits`), got 2.",
    );
    expect(() => crossEntropy(logits, labels, { classWeights: [1, 1, -2, 1, 1, 1, 1] })).toThrow(
      "crossEntropy: expected finite `classWeights` ≥ 0, got -2 for class 2.",
    );
  });
});
