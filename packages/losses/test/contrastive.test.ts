import { infoNce, supervisedContrastive } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, dim] = [7, 5];
const a = randomTensor<tf.Tensor2D>([batch, dim], 1);
const b = randomTensor<tf.Tensor2D>([batch, dim], 2);
const labels = tf.tensor1d([4, 9, 4, -1, 9, 4, 2], "int32"); // 2 has no positive, -1 counts for nothing
const ints = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, "int32");
const gradientAt = (f: (x: tf.Tensor2D) => tf.Tensor, x: tf.Tensor2D = a) => tf.grad((z) => f(z as tf.Tensor2D))(x);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function cosine(x: readonly number[], y: readonly number[]): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0) / Math.hypot(...x) / Math.hypot(...y);
}

function enumeratedSupCon(temperature: number): number {
  const [x, y] = [a.arraySync(), labels.arraySync()];
  const real = y.flatMap((label, i) => (label === -1 ? [] : [i]));
  const losses = real.flatMap((i) => {
    const others = real.filter((j) => j !== i);
    const e = (j: number) => Math.exp(cosine(x[i]!, x[j]!) / temperature);
    const total = others.reduce((sum, j) => sum + e(j), 0);
    const positives = others.filter((j) => y[j] === y[i]);
    return positives.length === 0 ? [] : [mean(positives.map((p) => -Math.log(e(p) / total)))];
  });
  return mean(losses);
}

function enumeratedInfoNce(x: number[][], y: number[][], temperature: number): number {
  return mean(
    x.map((row, i) => {
      const s = y.map((other) => cosine(row, other) / temperature);
      return Math.log(s.reduce((sum, value) => sum + Math.exp(value), 0)) - s[i]!;
    }),
  );
}

describeOnEngines("supervisedContrastive", () => {
  it("is the paper's L_out, term by term", () => {
    for (const temperature of [0.1, 1])
      assertClose(supervisedContrastive(a, labels, { temperature }), enumeratedSupCon(temperature), 1e-5);
    assertClose(supervisedContrastive(a, labels), supervisedContrastive(a, labels, { temperature: 0.1 }), 0);
  });

  it("is log(batch - 1) where all rows are one point, and log(1 + (n - 2) / e) on pairs of n / 2 orthonormal ones", () => {
    assertClose(supervisedContrastive(tf.ones([batch, dim]), ints(0, 0, 1, 1, 1, 0, 1)), Math.log(batch - 1), 1e-5);
    const pairs = tf.concat([tf.eye(dim), tf.eye(dim)]) as tf.Tensor2D;
    const classes = ints(0, 1, 2, 3, 4, 0, 1, 2, 3, 4);
    const expected = Math.log(1 + (2 * dim - 2) / Math.E);
    assertClose(supervisedContrastive(pairs, classes, { temperature: 1 }), expected, 1e-5);
  });

  it("does not see the order of the rows, nor their lengths", () => {
    const order = ints(3, 5, 0, 6, 1, 4, 2);
    const [x, y] = [tf.gather(a, order), tf.gather(labels, order)];
    assertClose(supervisedContrastive(x, y), supervisedContrastive(a, labels), 1e-5);
    const longer = tf.mul(a, tf.tensor2d([3, 1e-25, 7, 1, 1e25, 2, 1], [batch, 1])) as tf.Tensor2D;
    assertClose(supervisedContrastive(longer, labels), supervisedContrastive(a, labels), 1e-4);
  });

  it("has the gradient that finite differences give", () =>
    assertGradient((x) => supervisedContrastive(x as tf.Tensor2D, labels, { temperature: 0.5 }), [a], {
      tolerance: 2e-3,
    }));

  it("is 0 with a gradient of 0 where no row has a positive", () => {
    for (const alone of [
      ints(0, 1, 2, 3, 4, 5, 6),
      ints(-1, -1, -1, -1, -1, -1, -1),
      ints(0, -1, -1, -1, -1, -1, -1),
    ]) {
      assertClose(supervisedContrastive(a, alone), 0, 0);
      assertClose(
        gradientAt((x) => supervisedContrastive(x, alone)),
        tf.zeros([batch, dim]),
        0,
      );
    }
    assertClose(supervisedContrastive(tf.ones([1, dim]), ints(3)), 0, 0);
  });

  it("lets an ignored row hold NaN, and stays finite at a small temperature and at zeros", () => {
    const three = tf.expandDims(tf.cast(tf.equal(labels, -1), "bool"), 1);
    const poisoned = tf.where(three, tf.fill([batch, dim], NaN), a) as tf.Tensor2D;
    assertClose(supervisedContrastive(poisoned, labels), supervisedContrastive(a, labels), 1e-6);
    for (const [x, temperature] of [
      [poisoned, 0.1] as const,
      [a, 1e-4] as const,
      [tf.zeros([batch, dim]), 0.1] as const,
    ])
      expect(
        gradientAt((z) => supervisedContrastive(z, labels, { temperature }), x as tf.Tensor2D)
          .dataSync()
          .every(Number.isFinite),
      ).toBe(true);
  });

  it("leaves nothing behind", () => {
    assertNoLeak(() => supervisedContrastive(a, labels));
    assertNoLeak(() => gradientAt((x) => supervisedContrastive(x, labels)));
  });

  it("refuses a temperature of 0, labels of another type or length, and an empty batch", () => {
    expect(() => supervisedContrastive(a, labels, { temperature: 0 })).toThrow(
      "supervisedContrastive: expected a finite `temperature` > 0, got 0.",
    );
    expect(() => supervisedContrastive(a, tf.zeros([batch]))).toThrow(
      "supervisedContrastive: expected `labels` of dtype int32, got float32.",
    );
    expect(() => supervisedContrastive(a, ints(1, 2))).toThrow("supervisedContrastive: expected `labels` of shape");
    expect(() => supervisedContrastive(tf.zeros([0, dim]), tf.zeros([0], "int32"))).toThrow(
      "supervisedContrastive: expected at least one row in `labels`, got an empty batch.",
    );
  });
});

describeOnEngines("infoNce", () => {
  it("is log(e + n - 1) - 1 on n orthonormal pairs, and log n where all rows are one point", () => {
    assertClose(infoNce(tf.eye(dim), tf.eye(dim), { temperature: 1 }), Math.log(Math.E + dim - 1) - 1, 1e-5);
    assertClose(infoNce(tf.ones([batch, dim]), tf.ones([batch, dim])), Math.log(batch), 1e-5);
  });

  it("is the formula, row by row; symmetric is the mean of both directions", () => {
    const [x, y] = [a.arraySync(), b.arraySync()];
    assertClose(infoNce(a, b), enumeratedInfoNce(x, y, 0.07), 1e-4);
    const both = mean([enumeratedInfoNce(x, y, 0.5), enumeratedInfoNce(y, x, 0.5)]);
    assertClose(infoNce(a, b, { temperature: 0.5, symmetric: true }), both, 1e-5);
    assertClose(infoNce(b, a, { symmetric: true }), infoNce(a, b, { symmetric: true }), 1e-5);
  });

  it("does not see lengths", () => {
    const longer = tf.mul(a, tf.tensor2d([3, 1e-25, 7, 1, 1e25, 2, 1], [batch, 1])) as tf.Tensor2D;
    assertClose(infoNce(longer, b), infoNce(a, b), 1e-4);
  });

  it("has the gradient that finite differences give, for both sides", () => {
    for (const symmetric of [false, true])
      assertGradient((x, y) => infoNce(x as tf.Tensor2D, y as tf.Tensor2D, { temperature: 0.5, symmetric }), [a, b], {
        tolerance: 2e-3,
      });
  });

  it("stays finite at a small temperature and at zeros", () => {
    const finite = (x: tf.Tensor2D, temperature: number) =>
      gradientAt((z) => infoNce(z, b, { temperature }), x)
        .dataSync()
        .every(Number.isFinite);
    expect(finite(a, 1e-4)).toBe(true);
    expect(finite(tf.zeros([batch, dim]), 0.07)).toBe(true);
  });

  it("leaves nothing behind", () => {
    assertNoLeak(() => infoNce(a, b, { symmetric: true }));
    assertNoLeak(() => gradientAt((x) => infoNce(x, b, { symmetric: true })));
  });

  it("refuses a temperature of 0, shapes that differ, and an empty batch", () => {
    expect(() => infoNce(a, b, { temperature: -1 })).toThrow("infoNce: expected a finite `temperature` > 0, got -1.");
    expect(() => infoNce(a, tf.zeros([4, 16]))).toThrow(
      "infoNce: expected `b` of shape [batch, dim] (batch=7 from `a`, dim=5 from `a`), got [4, 16].",
    );
    expect(() => infoNce(tf.zeros([0, dim]), tf.zeros([0, dim]))).toThrow(
      "infoNce: expected at least one row in `a`, got an empty batch.",
    );
  });
});
