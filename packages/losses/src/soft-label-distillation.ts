import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive, requireRows } from "./checks.js";
import { crossEntropy } from "./cross-entropy.js";
import type { DistillationOptions } from "./distillation.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";
import { maskRows } from "./weighted-mean.js";

/** Options of `softLabelDistillation`. */
export interface SoftLabelDistillationOptions extends Pick<DistillationOptions, "sampleWeights"> {
  /** The temperature that divides both logits, > 0; the higher it is, the softer are both predictions. Default 1. */
  readonly temperature?: number;
  /** The share of the cross-entropy with `labels` in the loss, in [0, 1]. Default 0: only the teacher counts. */
  readonly mixing?: number;
  /**
   * int32, [batch], -1 where a label is unknown; needed if `mixing` is above 0, not looked at if it is 0. Default:
   * none.
   */
  readonly labels?: tf.Tensor1D;
}

/**
 * Distillation by soft labels alone: cross-entropy with the teacher's probabilities in place of labels.
 *
 *     q = softmax(teacher / temperature),   p = softmax(student / temperature)
 *     loss = (1 - mixing) mean_b( -sum_c q_bc log p_bc ) + mixing crossEntropy(student, labels)
 *     d loss / d student_b = (p_b - q_b) / batch,   for temperature = 1 and mixing = 0
 *
 * The teacher gets no gradient. The smallest value is the teacher's entropy, where p = q. Less that entropy, which the
 * student cannot change, it is `knowledgeDistillation` without its factor temperature²: at temperature 1 both have the
 * same gradient.
 *
 * Ref: Song et al. 2020 (PMA), IEEE TIP 29:7006-7018, section 3; Hinton, Vinyals and Dean 2015, arXiv:1503.02531.
 * @param student - logits, [batch, classes]
 * @param teacher - logits, [batch, classes]
 * @returns scalar, []
 * @throws RangeError for an empty batch, a temperature that is not > 0, a `mixing` outside [0, 1] or without labels
 */
export function softLabelDistillation(
  student: tf.Tensor2D,
  teacher: tf.Tensor2D,
  { temperature = 1, mixing = 0, labels, sampleWeights }: SoftLabelDistillationOptions = {},
): tf.Scalar {
  requirePositive("softLabelDistillation", { temperature });
  requireMixing(mixing, labels);
  const { batch } = matchShapes(
    "softLabelDistillation",
    { student: "batch classes", teacher: "batch classes", ...(sampleWeights && { sampleWeights: "batch" }) },
    { student, teacher, ...(sampleWeights && { sampleWeights }) },
  );
  requireRows("softLabelDistillation", "student", batch);
  const weights = sampleWeights && { sampleWeights };
  return tf.tidy(() => {
    if (mixing === 1) return crossEntropy(student, labels!, weights) as tf.Scalar; // 0 · NaN of a teacher would be NaN
    const taught = sampleWeights ? maskRows(teacher, sampleWeights) : teacher;
    const targets = tf.softmax(tf.div<tf.Tensor2D>(taught, temperature)); // without a gradient: targets have none
    const soft = uncheckedCrossEntropy(tf.div(student, temperature), targets, weights) as tf.Scalar;
    if (mixing === 0) return soft;
    return tf.add(tf.mul(soft, 1 - mixing), tf.mul(crossEntropy(student, labels!, weights), mixing));
  });
}

function requireMixing(mixing: number, labels: tf.Tensor1D | undefined): void {
  if (!(mixing >= 0 && mixing <= 1))
    throw new RangeError(`softLabelDistillation: expected \`mixing\` in [0, 1], got ${mixing}.`);
  if (mixing > 0 && !labels)
    throw new RangeError(
      `softLabelDistillation: expected \`labels\`, since \`mixing\` is ${mixing}: a part of the loss is cross-entropy.`,
    );
}
