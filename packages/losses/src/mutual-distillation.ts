import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive, requireRows } from "./checks.js";
import type { DistillationOptions } from "./distillation.js";
import { maskRows, weightedMean } from "./weighted-mean.js";

/**
 * Mutual distillation: two predictions for the same input teach each other. Each is a constant target for the other.
 *
 *     q = softmax(a / temperature),   p = softmax(b / temperature)
 *     loss = temperature² / 2 mean_b( KL(sg(q_b) || p_b) + KL(sg(p_b) || q_b) )          sg: constant for the gradient
 *     d loss / d a_b = temperature / (2 batch) (q_b - p_b) = -d loss / d b_b
 *
 * It is symmetric, ≥ 0, and 0 only if q = p. The factor temperature² is included: do not multiply by it again.
 *
 * Ref: Black and Souvenir 2024 (MV-HFMD), section 3; Zhang et al. 2018, arXiv:1706.00384.
 * @param a - logits, [batch, classes]
 * @param b - logits, [batch, classes]
 * @returns scalar, []
 * @throws RangeError for an empty batch, or a temperature that is not > 0
 */
export function mutualDistillation(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { temperature = 4, sampleWeights }: DistillationOptions = {},
): tf.Scalar {
  requirePositive("mutualDistillation", { temperature });
  const { batch } = matchShapes(
    "mutualDistillation",
    { a: "batch classes", b: "batch classes", ...(sampleWeights && { sampleWeights: "batch" }) },
    { a, b, ...(sampleWeights && { sampleWeights }) },
  );
  requireRows("mutualDistillation", "a", batch);
  return tf.tidy(() => {
    const kept = (x: tf.Tensor2D) => (sampleWeights ? maskRows(x, sampleWeights) : x);
    return weightedMean(halfJeffreys(kept(a), kept(b), temperature), sampleWeights);
  });
}

/**
 * Half the sum of both divergences. They share terms: KL(q || p) + KL(p || q) = sum_c (q_c - p_c)(log q_c - log p_c).
 * No term is negative, so no digits are lost if q and p are close. The gradient treats the targets as constants; it is
 * not that of this sum.
 */
function halfJeffreys(a: tf.Tensor2D, b: tf.Tensor2D, temperature: number): tf.Tensor1D {
  const divergence = tf.customGrad((x, y, save) => {
    const logQ = tf.logSoftmax(tf.div(x as tf.Tensor, temperature)); // [batch, classes]
    const logP = tf.logSoftmax(tf.div(y as tf.Tensor, temperature));
    const gap = tf.sub(tf.exp(logQ), tf.exp(logP)); // q - p
    (save as tf.GradSaveFunc)([gap]);
    return {
      value: tf.mul(tf.sum(tf.mul(gap, tf.sub(logQ, logP)), 1), temperature ** 2 / 2),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
        const gradient = tf.mul(tf.mul(saved!, temperature / 2), tf.expandDims(dy, 1));
        return [gradient, tf.neg(gradient)];
      },
    };
  });
  return divergence(a, b) as tf.Tensor1D; // [batch]
}
