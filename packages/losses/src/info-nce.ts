import { l2Normalize, matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive, requireRows } from "./checks.js";
import { rowNumbers } from "./row-numbers.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";

/** Options of `infoNce`. */
export interface InfoNceOptions {
  /** The temperature that divides the cosines, > 0. Default 0.07. */
  readonly temperature?: number;
  /** Whether the loss is the mean of both directions, `a` to `b` and `b` to `a`, as in CLIP. Default false. */
  readonly symmetric?: boolean;
}

/**
 * InfoNCE, a contrastive loss between paired embeddings: row i of `a` and row i of `b` are a pair, all other rows of
 * `b` are negatives.
 *
 *     s_ij = cos(a_i, b_j) / temperature
 *     loss = mean_i( logsumexp_j(s_ij) - s_ii )
 *
 * The embeddings are normalized to length 1 first. log(batch) - loss is a lower bound of the mutual information.
 *
 * Ref: van den Oord et al. 2018, arXiv:1807.03748, equation 4; `symmetric`: Radford et al. 2021, arXiv:2103.00020,
 * figure 3.
 * @param a - [batch, dim]
 * @param b - [batch, dim]
 * @returns scalar, []
 * @throws RangeError for an empty batch, or a temperature that is not > 0
 */
export function infoNce(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { temperature = 0.07, symmetric = false }: InfoNceOptions = {},
): tf.Scalar {
  const { batch } = matchShapes("infoNce", { a: "batch dim", b: "batch dim" }, { a, b });
  requireRows("infoNce", "a", batch);
  requirePositive("infoNce", { temperature });
  return tf.tidy(() => {
    // [batch, batch]
    const s = tf.div<tf.Tensor2D>(tf.matMul(l2Normalize(a), l2Normalize(b), false, true), temperature);
    const pairs = rowNumbers(batch);
    const loss = (scores: tf.Tensor2D) => uncheckedCrossEntropy(scores, pairs) as tf.Scalar;
    return symmetric ? tf.div(tf.add(loss(s), loss(tf.transpose(s))), 2) : loss(s);
  });
}
