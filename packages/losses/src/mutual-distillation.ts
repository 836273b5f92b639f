import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive, requireRows } from "./checks.js";
import type { DistillationOptions } from "./distillation.js";
import { maskRows, weightedMean } from "./weighted-mean.js";

/**
 * Two predictions of one thing teach each other; for each, the other is constant.
 *
 *     q = softmax(a / temperature),   p = softmax(b / temperature)
 *     loss = temperature² / 2 mean_b( KL(sg(q_b) || p_b) + KL(sg(p_b) || q_b) )          sg: constant for the gradient
 *     d loss / d a_b = temperature / (2 batch) (q_b - p_b) = -d loss / d b_b
 *
 * Symmetric, ≥ 0, and 0 only where q = p. temperature² is inside: do not multiply by it again.
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
 * The two divergences share their terms: KL(q || p) + KL(p || q) = sum_c (q_c - p_c)(log q_c - log p_c). No term is
 * negative, so that nothing cancels where q and p are close. The gradient is that of the frozen targets, not of this
 * sum.
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
        const slope = tf.mul(tf.mul(saved!, temperature / 2), tf.expandDims(dy, 1));
        return [slope, tf.neg(slope)];
      },
    };
  });
  return divergence(a, b) as tf.Tensor1D; // [batch]
}
