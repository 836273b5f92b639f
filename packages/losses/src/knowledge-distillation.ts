import { matchShapes } from "@fovea/nn";
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
    const kl = divergences(kept(student), kept(teacher), temperature);
    return tf.mul(weightedMean(kl, sampleWeights), temperature ** 2);
  });
}

/**
 * KL(q_b || p_b), [batch]. The gradient is (p - q) / temperature, and 0 for the teacher. It is written out, so that it
 * holds few arrays of the size of the logits.
 */
function divergences(student: tf.Tensor2D, teacher: tf.Tensor2D, temperature: number): tf.Tensor1D {
  return tf.customGrad((...args) => {
    const [x, y, save] = args as unknown as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const logP = tf.logSoftmax(tf.div(x, temperature)); // [batch, classes]
    const logQ = tf.logSoftmax(tf.div(y, temperature));
    const q = tf.exp(logQ);
    save([tf.sub(tf.exp(logP), q)]);
    return {
      value: tf.sum(tf.mul(q, tf.sub(logQ, logP)), 1),
      gradFunc: (dy: tf.Tensor, [gap]: tf.Tensor[]) => [
        tf.mul(gap!, tf.expandDims(tf.div(dy, temperature), 1)),
        tf.zeros(gap!.shape),
      ],
    };
  })(student, teacher) as tf.Tensor1D;
}
