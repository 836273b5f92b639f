import { matchShapes, stopGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive, requireRows } from "./checks.js";
import type { DistillationOptions } from "./distillation.js";
import { maskRows, weightedMean } from "./weighted-mean.js";

/**
 * Knowledge distillation: the student's softened probabilities should match the teacher's.
 *
 *     q = softmax(teacher / temperature),   p = softmax(student / temperature)
 *     loss = temperature² mean_b KL(q_b || p_b)
 *
 * The teacher gets no gradient. The factor temperature², which makes the size of the gradient independent of the
 * temperature, is included: do not multiply by it again.
 *
 * Ref: Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 2.
 * @param student - logits, [batch, classes]
 * @param teacher - logits, [batch, classes]
 * @returns scalar, []
 * @throws RangeError for an empty batch, or a temperature that is not > 0
 */
export function knowledgeDistillation(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature = 4, sampleWeights }: DistillationOptions = {},
): tf.Scalar {
  requirePositive("knowledgeDistillation", { temperature });
  const { batch } = matchShapes(
    "knowledgeDistillation",
    { student: "batch classes", teacher: "batch classes", ...(sampleWeights && { sampleWeights: "batch" }) },
    { student, teacher, ...(sampleWeights && { sampleWeights }) },
  );
  requireRows("knowledgeDistillation", "student", batch);
  return tf.tidy(() => {
    const kept = (x: tf.Tensor2D) => (sampleWeights ? maskRows(x, sampleWeights) : x);
    const logQ = tf.logSoftmax(tf.div(kept(stopGradient(teacher)), temperature)); // [batch, classes]
    const logP = tf.logSoftmax(tf.div(kept(student), temperature));
    const kl = tf.sum(tf.mul(tf.exp(logQ), tf.sub(logQ, logP)), 1); // [batch]
    return tf.mul(weightedMean(kl as tf.Tensor1D, sampleWeights), temperature ** 2);
  });
}
