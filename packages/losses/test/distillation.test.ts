import { knowledgeDistillation, mutualDistillation } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, classes, temperature] = [3, 7, 5];
const a = randomTensor<tf.Tensor2D>([batch, classes], 1);
const b = randomTensor<tf.Tensor2D>([batch, classes], 2);
const soft = (z: tf.Tensor2D, tau = temperature) => tf.softmax(tf.div(z, tau)) as tf.Tensor2D;
const scalarGrads = (f: (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Scalar) =>
  tf.grads((x, y) => f(x as tf.Tensor2D, y as tf.Tensor2D))([a, b]) as [tf.Tensor2D, tf.Tensor2D];
const item = (x: tf.Tensor): number => x.dataSync()[0]!;

/** In float64, so that the small differences of a high temperature survive. */
function centredSquares(): number {
  const [x, y] = [a.arraySync(), b.arraySync()];
  const rows = x.map((row, i) => {
    const gap = row.map((value, c) => value - y[i]![c]!);
    const mean = gap.reduce((sum, value) => sum + value, 0) / classes;
    return gap.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  });
  return rows.reduce((sum, value) => sum + value, 0) / batch;
}

describeOnEngines("knowledgeDistillation", () => {
  it("is temperature² times the divergence of known distributions", () => {
    // KL((1/2, 1/2) || (1/4, 3/4)) = ln 2 - ln 3 / 2; logits scaled so that the softened ones are log p
    const logOf = (...p: number[]) => tf.tensor2d([p.map((value) => temperature * Math.log(value))]);
    const loss = knowledgeDistillation(logOf(1 / 4, 3 / 4), logOf(1 / 2, 1 / 2), { temperature });
    assertClose(loss, temperature ** 2 * (Math.log(2) - Math.log(3) / 2), 1e-5);
  });

  it("is 0 for equal predictions, whatever is added to a row, and positive else", () => {
    assertClose(knowledgeDistillation(a, a), 0, 0);
    const shifted = tf.add(a, tf.tensor2d([5, -3, 40], [batch, 1])) as tf.Tensor2D;
    assertClose(knowledgeDistillation(shifted, a), 0, 1e-4);
    expect(item(knowledgeDistillation(a, b))).toBeGreaterThan(0.01);
  });

  it("has the gradient temperature / batch (p - q), and none for the teacher", () => {
    const [student, teacher] = scalarGrads((x, y) => knowledgeDistillation(x, y, { temperature }));
    assertClose(student, tf.mul(tf.sub(soft(a), soft(b)), temperature / batch), 1e-6);
    assertClose(teacher, tf.zeros([batch, classes]), 0);
  });

  it("has the gradient that finite differences give", () =>
    assertGradient((x) => knowledgeDistillation(x as tf.Tensor2D, b, { temperature }), [a], { tolerance: 2e-3 }));

  it("averages with sample weights, and is 0 without any", () => {
    const sampleWeights = tf.tensor1d([0, 2, 0]);
    const row = (x: tf.Tensor2D) => tf.slice(x, [1, 0], [1, classes]);
    assertClose(knowledgeDistillation(a, b, { sampleWeights }), knowledgeDistillation(row(a), row(b)), 1e-6);
    assertClose(knowledgeDistillation(a, b, { sampleWeights: tf.zeros([batch]) }), 0, 0);
  });
});

describeOnEngines("mutualDistillation", () => {
  it("is the mean of the two one-sided losses, in value and in gradient", () => {
    const both = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar =>
      tf.mul(tf.add(knowledgeDistillation(x, y, { temperature }), knowledgeDistillation(y, x, { temperature })), 0.5);
    const mutual = (x: tf.Tensor2D, y: tf.Tensor2D) => mutualDistillation(x, y, { temperature });
    assertClose(mutual(a, b), both(a, b), 1e-5);
    const [expected, actual] = [scalarGrads(both), scalarGrads(mutual)];
    assertClose(actual[0], expected[0], 1e-6);
    assertClose(actual[1], expected[1], 1e-6);
  });

  it("has the paper's gradients, which sum to exactly 0", () => {
    const [forA, forB] = scalarGrads((x, y) => mutualDistillation(x, y, { temperature }));
    assertClose(forB, tf.mul(tf.sub(soft(b), soft(a)), temperature / (2 * batch)), 1e-7);
    assertClose(tf.add(forA, forB), tf.zeros([batch, classes]), 0);
  });

  it("is not the gradient of the value: the targets are constant", () => {
    // without the stop-gradients KL(p || q) / 2 would add its own gradient in p
    const [, forB] = scalarGrads((x, y) => mutualDistillation(x, y, { temperature }));
    const h = 1e-2;
    const direction = tf.div(forB, tf.norm(forB));
    const at = (sign: number) =>
      item(mutualDistillation(a, tf.add(b, tf.mul(direction, sign * h)) as tf.Tensor2D, { temperature }));
    expect((at(1) - at(-1)) / (2 * h)).toBeGreaterThan(1.5 * item(tf.norm(forB)));
  });

  it("is symmetric, positive, 0 for equal predictions, and blind to a constant added to a row", () => {
    assertClose(mutualDistillation(a, b), mutualDistillation(b, a), 1e-6);
    expect(item(mutualDistillation(a, b))).toBeGreaterThan(0.01);
    assertClose(mutualDistillation(a, a), 0, 0);
    const shifted = tf.add(a, tf.tensor2d([5, -3, 40], [batch, 1])) as tf.Tensor2D;
    assertClose(mutualDistillation(shifted, b), mutualDistillation(a, b), 1e-4);
  });

  it("tends to the squared distance of the centred logits at a high temperature", () => {
    assertClose(mutualDistillation(a, b, { temperature: 1000 }), centredSquares() / (2 * classes), 2e-3);
  });

  it("stays finite on extreme logits", () => {
    const [x, y] = [tf.tensor2d([[1e4, -1e4]]), tf.tensor2d([[-1e4, 1e4]])];
    assertClose(mutualDistillation(x, y, { temperature: 4 }), 4 * 2e4, 1e-6); // 16 / 2 · 2 · 2e4 / 4
    const [forX] = tf.grads((p, q) => mutualDistillation(p as tf.Tensor2D, q as tf.Tensor2D))([x, y]);
    assertClose(forX!, [2, -2], 1e-6);
    assertClose(knowledgeDistillation(x, y, { temperature: 4 }), 16 * 5e3, 1e-6);
  });

  it("averages with sample weights, and is 0 with a gradient of 0 without any", () => {
    const sampleWeights = tf.tensor1d([0, 2, 0]);
    const row = (x: tf.Tensor2D) => tf.slice(x, [1, 0], [1, classes]);
    assertClose(mutualDistillation(a, b, { sampleWeights }), mutualDistillation(row(a), row(b)), 1e-6);
    const none = tf.zeros<tf.Rank.R1>([batch]);
    assertClose(mutualDistillation(a, b, { sampleWeights: none }), 0, 0);
    const [forA] = scalarGrads((x, y) => mutualDistillation(x, y, { sampleWeights: none }));
    assertClose(forA, tf.zeros([batch, classes]), 0);
  });
});

describeOnEngines("both distillation losses", () => {
  it.each([knowledgeDistillation, mutualDistillation])("let a row of weight 0 hold NaN: %o", (loss) => {
    const poisoned = (x: tf.Tensor2D) => tf.concat([x, tf.fill([1, classes], NaN)]) as tf.Tensor2D;
    const sampleWeights = tf.tensor1d([1, 1, 1, 0]);
    assertClose(loss(poisoned(a), poisoned(b), { sampleWeights }), loss(a, b), 1e-6);
    const gradient = tf.grad((x) => loss(x as tf.Tensor2D, poisoned(b), { sampleWeights }))(poisoned(a));
    assertClose(gradient, tf.concat([tf.grad((x) => loss(x as tf.Tensor2D, b))(a), tf.zeros([1, classes])]), 1e-6);
  });

  it("leave nothing behind", () => {
    for (const loss of [knowledgeDistillation, mutualDistillation]) {
      assertNoLeak(() => loss(a, b));
      assertNoLeak(() => scalarGrads((x, y) => loss(x, y)));
    }
  });

  it("refuse a temperature that softens nothing, and shapes that differ", () => {
    expect(() => knowledgeDistillation(a, b, { temperature: 0 })).toThrow(
      "knowledgeDistillation: expected a finite `temperature` > 0, got 0.",
    );
    expect(() => mutualDistillation(a, b, { temperature: NaN })).toThrow(
      "mutualDistillation: expected a finite `temperature` > 0, got NaN.",
    );
    expect(() => mutualDistillation(a, tf.zeros([batch, 2]))).toThrow(
      "mutualDistillation: expected `b` of shape [batch, classes] (batch=3 from `a`, classes=7 from `a`), got [3, 2].",
    );
    expect(() => knowledgeDistillation(a, tf.zeros([2, classes]))).toThrow("knowledgeDistillation: expected `teacher`");
  });
});
