import { l2Normalize, matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive, requireRows } from "./checks.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";

export interface InfoNceOptions {
  /** What the cosines are divided by, > 0. Default 0.07. */
  readonly temperature?: number;
  /** Whether `b` must find its partner in `a` too, as CLIP has it; the loss is then the mean of both. Default false. */
  readonly symmetric?: boolean;
}

/**
 * Contrastive loss between paired embeddings: row i of `a` belongs with row i of `b`, and with no other row of `b`.
 *
 *     s_ij = cos(a_i, b_j) / temperature
 *     loss = mean_i( logsumexp_j(s_ij) - s_ii )
 *
 * The embeddings are brought to length 1 inside. log(batch) - loss is a lower bound of the mutual information.
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
    const partners = tf.range(0, batch, 1, "int32");
    const find = (scores: tf.Tensor2D) => uncheckedCrossEntropy(scores, partners) as tf.Scalar;
    return symmetric ? tf.div(tf.add(find(s), find(tf.transpose(s))), 2) : find(s);
  });
}
