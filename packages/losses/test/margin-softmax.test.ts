import { arcFace, cosFace, cosineScores, crossEntropy } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, dim, classes] = [5, 3, 7];
const embeddings = randomTensor<tf.Tensor2D>([batch, dim], 1);
const weight = randomTensor<tf.Tensor2D>([dim, classes], 2);
const labels = tf.tensor1d([3, 0, -1, 0, 2], "int32");
const losses = [
  [cosFace, (cosine: number, margin: number) => cosine - margin],
  [
    arcFace,
    (cosine: number, margin: number) =>
      Math.acos(cosine) + margin < Math.PI ? Math.cos(Math.acos(cosine) + margin) : cosine - margin * Math.sin(margin),
  ],
] as const;
const gradients = (loss: typeof cosFace, e: tf.Tensor2D, w: tf.Tensor2D, y: tf.Tensor1D, options = {}) =>
  tf.grads((e, w) => loss({ embeddings: e as tf.Tensor2D, weight: w as tf.Tensor2D }, y, options))([e, w]);
const finite = (tensors: tf.Tensor[]) => tensors.every((x) => x.dataSync().every(Number.isFinite));

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
}

/** The formula, row by row, in float64. */
function enumerated(harder: (cosine: number, margin: number) => number, margin: number, scale: number): number {
  const [x, y] = [embeddings.arraySync(), labels.arraySync()];
  const w = (tf.transpose(weight) as tf.Tensor2D).arraySync();
  const rows = x.flatMap((row, b) => {
    if (y[b] === -1) return [];
    const z = w.map((column, c) => {
      const value = cosine(row, column);
      return scale * (c === y[b] ? harder(value, margin) : value);
    });
    return [Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[y[b]!]!];
  });
  return rows.reduce((sum, value) => sum + value, 0) / rows.length;
}

/** The loss with one class beside the right one, where the right one's cosine is cos θ and the other's 0. */
function atAngles(loss: typeof cosFace, angles: number[], options = {}): number[] {
  const twoClasses = tf.tensor2d([1, 0, 0, 0, 0, 1], [3, 2]); // e1 and e3
  return angles.map((angle) => {
    const x = tf.tensor2d([[Math.cos(angle), Math.sin(angle), 0]]);
    return loss({ embeddings: x, weight: twoClasses }, tf.tensor1d([0], "int32"), options).dataSync()[0]!;
  });
}

describeOnEngines("the margin softmaxes", () => {
  it.each(losses)("%o is cross-entropy of the scaled cosines without a margin", (loss) => {
    const scaled = tf.mul(cosineScores({ embeddings, weight }), 10) as tf.Tensor2D;
    assertClose(loss({ embeddings, weight }, labels, { margin: 0, scale: 10 }), crossEntropy(scaled, labels), 1e-5);
  });

  it.each(losses)("%o is its formula, row by row", (loss, harder) => {
    for (const [margin, scale] of [[0.2, 1] as const, [0.5, 5] as const, [1.2, 30] as const])
      assertClose(loss({ embeddings, weight }, labels, { margin, scale }), enumerated(harder, margin, scale), 1e-5);
  });

  it("has the papers' margins and scale by default", () => {
    assertClose(
      cosFace({ embeddings, weight }, labels),
      cosFace({ embeddings, weight }, labels, { margin: 0.35, scale: 64 }),
      0,
    );
    assertClose(
      arcFace({ embeddings, weight }, labels),
      arcFace({ embeddings, weight }, labels, { margin: 0.5, scale: 64 }),
      0,
    );
  });

  it.each(losses)("%o does not see lengths", (loss) => {
    const longer = tf.mul(embeddings, tf.tensor2d([3, 1e-25, 7, 1e25, 2], [batch, 1])) as tf.Tensor2D;
    const wider = tf.mul(weight, tf.tensor2d([[1, 2, 3, 1e20, 5, 6, 7]])) as tf.Tensor2D;
    assertClose(loss({ embeddings: longer, weight: wider }, labels), loss({ embeddings, weight }, labels), 1e-4);
    expect(finite(gradients(loss, embeddings, wider, labels))).toBe(true);
  });

  it.each(losses)("%o has the gradient that finite differences give", (loss) =>
    assertGradient(
      (e, w) => loss({ embeddings: e as tf.Tensor2D, weight: w as tf.Tensor2D }, labels, { scale: 4 }),
      [embeddings, weight],
      { tolerance: 5e-3 },
    ),
  );

  it.each(losses)("%o grows with the angle to the right class, from 0 to π", (loss) => {
    const angles = Array.from({ length: 41 }, (_, i) => (i * Math.PI) / 40);
    for (const margin of [0, 0.5, 1.5]) {
      const values = atAngles(loss, angles, { margin, scale: 2 });
      for (let i = 1; i < values.length; i++) expect(values[i]! - values[i - 1]!).toBeGreaterThan(0);
    }
  });

  it("arcFace is as far from its class at θ as the normalized softmax at θ + margin", () => {
    const angles = [0, 0.4, 1.2, 2.5];
    const turned = angles.map((angle) => angle + 0.5);
    const expected = turned.map((angle) => Math.log(1 + Math.exp(-3 * Math.cos(angle))));
    assertClose(atAngles(arcFace, angles, { scale: 3 }), expected, 1e-5);
  });

  it.each(losses)("%o has a finite gradient at cosines of 1, -1, and of zeros", (loss) => {
    const right = tf.tensor2d([2, 0, 0, -3, 0, 0, 0, 0, 0], [3, dim]);
    const axes = tf.eye(dim);
    const [forX, forW] = gradients(loss, right, axes, tf.tensor1d([0, 0, 1], "int32"));
    expect(finite([forX!, forW!])).toBe(true);
    const size = tf.max(tf.abs(tf.slice(forX!, 0, 2))).dataSync()[0]!;
    expect(size).toBeLessThanOrEqual(64);
  });

  it.each(losses)("%o lets a row that is ignored hold NaN, and is 0 when all are", (loss) => {
    const real = tf.cast(tf.notEqual(labels, -1), "bool");
    const poisoned = tf.where(tf.expandDims(real, 1), embeddings, tf.fill([batch, dim], NaN)) as tf.Tensor2D;
    assertClose(loss({ embeddings: poisoned, weight }, labels), loss({ embeddings, weight }, labels), 1e-6);
    expect(finite(gradients(loss, poisoned, weight, labels))).toBe(true);
    const nothing = tf.fill([batch], -1, "int32") as tf.Tensor1D;
    assertClose(loss({ embeddings, weight }, nothing), 0, 0);
    assertClose(gradients(loss, embeddings, weight, nothing)[1]!, tf.zeros([dim, classes]), 0);
  });

  it.each(losses)("%o leaves nothing behind", (loss) => {
    assertNoLeak(() => loss({ embeddings, weight }, labels));
    assertNoLeak(() => gradients(loss, embeddings, weight, labels));
    assertNoLeak(() => cosineScores({ embeddings, weight }));
  });

  it("refuse what is out of range, by their names", () => {
    const inputs = { embeddings, weight };
    expect(() => cosFace(inputs, labels, { margin: 2 })).toThrow(
      "cosFace: expected `margin`, a difference of cosines, in [0, 2), got 2.",
    );
    expect(() => arcFace(inputs, labels, { margin: 28.6 })).toThrow(
      "arcFace: expected `margin`, an angle in radians, in [0, π/2], got 28.6.",
    );
    expect(() => arcFace(inputs, labels, { scale: 0 })).toThrow("arcFace: expected a finite `scale` > 0, got 0.");
    expect(() => cosFace(inputs, tf.tensor1d([0, 1, 7, 0, 0], "int32"))).toThrow("cosFace: expected `labels` in 0 … 6");
    expect(() => cosFace({ embeddings, weight: tf.zeros([classes, dim]) }, labels)).toThrow(
      "cosFace: expected `weight` of shape [dim, classes] (dim=3 from `embeddings`), got [7, 3].",
    );
    expect(() => arcFace({ embeddings: tf.zeros([0, dim]), weight }, tf.zeros([0], "int32"))).toThrow(
      "arcFace: expected at least one row in `labels`, got an empty batch.",
    );
    expect(() => cosineScores({ embeddings, weight: tf.zeros([2, 2]) })).toThrow("cosineScores: expected `weight`");
  });
});
