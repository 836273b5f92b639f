import { l2Normalize, matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireIntegerLabels, requirePositive } from "./checks.js";
import { pairMasks } from "./pair-masks.js";
import { rowWeights } from "./row-weights.js";
import { maskRows, safeDivisor, weightedMean } from "./weighted-mean.js";

/** Options of `supervisedContrastive`. */
export interface SupervisedContrastiveOptions {
  /**
   * The temperature that divides the cosines, > 0; the smaller it is, the more the hardest pairs count. Default 0.1.
   */
  readonly temperature?: number;
  /** Rows with this label are ignored. Default -1. */
  readonly ignore?: number;
}

/** Used instead of -Infinity, whose differences are NaN. Its exponential is 0, too. */
const EXCLUDED = -1e30;

/**
 * Supervised contrastive loss (L_out): each row of the batch should be more similar to the rows of its own class than
 * to other rows.
 *
 *     s_ij = cos(x_i, x_j) / temperature
 *     l_i  = -1/|P(i)| sum_{p in P(i)} log( exp(s_ip) / sum_{a ≠ i} exp(s_ia) )       P(i): the other rows of i's class
 *     loss = mean of l_i over the rows with |P(i)| > 0,   0 if there are none
 *
 * The embeddings are normalized to length 1 first. If each image has two augmentations, concatenate their embeddings
 * and labels. As in the paper's equation, there is no factor of temperature / base temperature, which the authors' code
 * has.
 *
 * Ref: Khosla et al. 2020, arXiv:2004.11362, equation 2.
 * @param embeddings - [batch, dim]
 * @param labels - int32, any integers, or `ignore`, [batch]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, or a temperature that is not > 0
 */
export function supervisedContrastive(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  { temperature = 0.1, ignore = -1 }: SupervisedContrastiveOptions = {},
): tf.Scalar {
  matchShapes("supervisedContrastive", { embeddings: "batch dim", labels: "batch" }, { embeddings, labels });
  requirePositive("supervisedContrastive", { temperature });
  requireIntegerLabels("supervisedContrastive", labels);
  return tf.tidy(() => {
    const { same, different } = pairMasks(labels, ignore);
    const x = l2Normalize(maskRows(embeddings, rowWeights(labels, { ignore })));
    const s = tf.div(tf.matMul(x, x, false, true), temperature); // [batch, batch]
    const compared = tf.cast(tf.add(same, different), "bool");
    const logP = tf.logSoftmax(tf.where(compared, s, tf.fill(s.shape, EXCLUDED)));
    const positives = tf.sum(same, 1); // |P(i)|, [batch]
    const losses = tf.neg(tf.div(tf.sum(tf.mul(same, logP), 1), safeDivisor(positives))); // [batch]
    return weightedMean(losses as tf.Tensor1D, tf.cast(tf.greater(positives, 0), "float32") as tf.Tensor1D);
  });
}
