import { crossEntropy, knowledgeDistillation, softLabelDistillation } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, classes] = [3, 7];
const student = randomTensor<tf.Tensor2D>([batch, classes], 1);
const teacher = randomTensor<tf.Tensor2D>([batch, classes], 2);
const labels = tf.tensor1d([4, 0, 6], "int32");
const softmax = (z: tf.Tensor, temperature = 1) => tf.softmax(tf.div(z, temperature));
const loss = (options = {}) => softLabelDistillation(student, teacher, options);
const gradients = (options = {}) =>
  tf.grads((s, t) => softLabelDistillation(s as tf.Tensor2D, t as tf.Tensor2D, options))([student, teacher]);

/** The mean of −Σ_j q_j log q_j, in float64. */
function entropy(logits: tf.Tensor2D): number {
  const rows = logits.arraySync().map((row) => {
    const sum = row.reduce((total, z) => total + Math.exp(z), 0);
    return row.reduce((total, z) => total - (Math.exp(z) / sum) * Math.log(Math.exp(z) / sum), 0);
  });
  return rows.reduce((total, row) => total + row, 0) / rows.length;
}

describeOnEngines("softLabelDistillation", () => {
  it("is the cross-entropy of known distributions", () => {
    // −½ ln ¼ − ½ ln ¾ = 2 ln 2 − ½ ln 3
    const logOf = (...p: number[]) => tf.tensor2d([p.map(Math.log)]);
    assertClose(softLabelDistillation(logOf(1 / 4, 3 / 4), logOf(1 / 2, 1 / 2)), 2 * Math.log(2) - Math.log(3) / 2);
    const far = tf.tensor2d([[0, 1e4]]); // −½ (−10⁴) − ½ 0
    assertClose(softLabelDistillation(far, logOf(1 / 2, 1 / 2)), 5e3, 1e-6);
  });

  it("has the gradient (softmax(student) − softmax(teacher)) / batch, and 0 for the teacher", () => {
    const [forStudent, forTeacher] = gradients();
    assertClose(forStudent!, tf.div(tf.sub(softmax(student), softmax(teacher)), batch), 1e-6);
    assertClose(forTeacher!, tf.zeros([batch, classes]), 0);
  });

  it("has a temperature in both, and no factor for it", () => {
    const temperature = 5;
    const expected = tf.div(tf.sub(softmax(student, temperature), softmax(teacher, temperature)), batch * temperature);
    assertClose(gradients({ temperature })[0]!, expected, 1e-7);
    assertClose(loss({ temperature }), softLabelDistillation(tf.div(student, 5), tf.div(teacher, 5)), 1e-6);
  });

  it("is smallest at the teacher's entropy, where the student agrees up to a constant in each row", () => {
    const agreeing = tf.add(teacher, tf.tensor2d([5, -3, 40], [batch, 1])) as tf.Tensor2D;
    assertClose(softLabelDistillation(agreeing, teacher), entropy(teacher), 1e-5);
    assertClose(
      tf.grad((s) => softLabelDistillation(s as tf.Tensor2D, teacher))(agreeing),
      tf.zerosLike(teacher),
      1e-6,
    );
    expect(loss().dataSync()[0]!).toBeGreaterThan(entropy(teacher) + 0.01);
  });

  it("is knowledgeDistillation and the teacher's entropy, with the same gradient at temperature 1", () => {
    assertClose(loss(), tf.add(knowledgeDistillation(student, teacher, { temperature: 1 }), entropy(teacher)), 1e-5);
    const other = tf.grad((s) => knowledgeDistillation(s as tf.Tensor2D, teacher, { temperature: 1 }))(student);
    assertClose(gradients()[0]!, other, 1e-6);
  });

  it("does not look at labels unless they are mixed in", () => {
    const shuffled = tf.tensor1d([6, 4, 0], "int32");
    for (const given of [labels, shuffled, tf.fill([batch], -1, "int32")]) {
      assertClose(loss({ labels: given }), loss(), 0);
      assertClose(gradients({ labels: given, mixing: 0 })[0]!, gradients()[0]!, 0);
    }
    expect(() => assertClose(loss({ labels, mixing: 0.5 }), loss({ labels: shuffled, mixing: 0.5 }), 1e-2)).toThrow();
  });

  it("mixes with the cross-entropy of the labels, whose logits have no temperature", () => {
    const mixed = loss({ labels, mixing: 0.3, temperature: 2 });
    assertClose(mixed, tf.add(tf.mul(loss({ temperature: 2 }), 0.7), tf.mul(crossEntropy(student, labels), 0.3)), 1e-6);
    assertClose(loss({ labels, mixing: 1 }), crossEntropy(student, labels), 1e-6);
    const [, forTeacher] = gradients({ labels, mixing: 0.3 });
    assertClose(forTeacher!, tf.zeros([batch, classes]), 0);
  });

  it("has the gradient that finite differences give", () => {
    const options = { labels, mixing: 0.3, temperature: 2, sampleWeights: tf.tensor1d([1, 0.5, 2]) };
    const f = (s: tf.Tensor) => softLabelDistillation(s as tf.Tensor2D, teacher, options);
    assertGradient((s) => f(s!), [student], { tolerance: 2e-3 });
  });

  it("averages with sample weights, and lets a row of weight 0 hold NaN", () => {
    const poisoned = (x: tf.Tensor2D) => tf.concat([x, tf.fill([1, classes], NaN)]) as tf.Tensor2D;
    const sampleWeights = tf.tensor1d([1, 1, 1, 0]);
    const f = (s: tf.Tensor) =>
      softLabelDistillation(s as tf.Tensor2D, poisoned(teacher), {
        sampleWeights,
        mixing: 0.5,
        labels: tf.concat([labels, tf.tensor1d([-1], "int32")]),
      });
    assertClose(f(poisoned(student)), loss({ labels, mixing: 0.5 }), 1e-6);
    const expected = tf.concat([gradients({ labels, mixing: 0.5 })[0]!, tf.zeros([1, classes])]);
    assertClose(tf.grad(f)(poisoned(student)), expected, 1e-6);
    const row = (x: tf.Tensor2D) => tf.slice(x, [1, 0], [1, classes]);
    const second = softLabelDistillation(row(student), row(teacher));
    assertClose(loss({ sampleWeights: tf.tensor1d([0, 2, 0]) }), second, 1e-6);
    assertClose(loss({ sampleWeights: tf.zeros([batch]) }), 0, 0);
  });

  it("is cross-entropy alone with `mixing: 1`, whatever the teacher says", () => {
    const unsure = tf.fill<tf.Rank.R2>([batch, classes], NaN);
    assertClose(softLabelDistillation(student, unsure, { mixing: 1, labels }), crossEntropy(student, labels), 0);
  });

  it("leaves nothing behind", () => {
    assertNoLeak(() => loss({ labels, mixing: 0.5 }));
    assertNoLeak(() => gradients());
  });

  it("says what does not fit", () => {
    expect(() => loss({ temperature: 0 })).toThrow(
      "softLabelDistillation: expected a finite `temperature` > 0, got 0.",
    );
    expect(() => loss({ mixing: 1.5, labels })).toThrow("softLabelDistillation: expected `mixing` in [0, 1], got 1.5.");
    expect(() => loss({ mixing: 0.5 })).toThrow("softLabelDistillation: expected `labels`, since `mixing` is 0.5");
    expect(() => softLabelDistillation(student, tf.zeros([batch, 2]))).toThrow(
      "softLabelDistillation: expected `teacher` of shape [batch, classes] (batch=3 from `student`, classes=7 from",
    );
    expect(() => softLabelDistillation(tf.zeros([0, 3]), tf.zeros([0, 3]))).toThrow("got an empty batch");
  });
});
