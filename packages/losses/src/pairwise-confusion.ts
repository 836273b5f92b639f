import { matchShapes, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels, requireRows } from "./checks.js";
import { pairDistances } from "./pair-distances.js";
import { pairMasks } from "./pair-masks.js";
import { rowNumbers } from "./row-numbers.js";
import { rowWeights } from "./row-weights.js";
import { maskRows, safeDivisor } from "./weighted-mean.js";

/** Which pairs (i, j) of a batch are compared, as a function of j - i. */
const pairings = {
  halves: (gap: tf.Tensor, batch: number) => tf.equal(gap, batch / 2),
  all: (gap: tf.Tensor) => tf.greater(gap, 0),
};

/** Options of `pairwiseConfusion`. */
export interface PairwiseConfusionOptions {
  /**
   * Which rows are compared. "halves": row i of the first half with row i of the second half; the batch must be even.
   * "all": every pair of rows. Default "all".
   */
  readonly pairs?: keyof typeof pairings;
  /**
   * The distance between probabilities: "squaredEuclidean", as in the paper, or "euclidean", as in its authors' PyTorch
   * code. Default "squaredEuclidean".
   */
  readonly distance?: "squaredEuclidean" | "euclidean";
  /** Rows with this label are ignored. Default -1. */
  readonly ignore?: number;
}

/**
 * Pairwise confusion, a regularizer for a cross-entropy: the predictions for samples of different classes should not be
 * too different. It keeps a network from learning details that only tell single training images apart.
 *
 *     p_i = softmax(z_i)
 *     loss = mean over the pairs i < j with y_i ≠ y_j of ‖p_i - p_j‖²,   at most 2;   0 if there are no such pairs
 *
 * The paper compares the halves of a shuffled batch; all pairs have the same expected value and less noise. Without
 * labels all pairs count, also those of one class, as in the authors' PyTorch code. That code sums over the halves and
 * divides by the batch, so it gives half of `{ pairs: "halves", distance: "euclidean" }` without labels. The authors
 * multiply the loss by 0.1 to 0.2 times the number of classes.
 *
 * Ref: Dubey et al. 2018, arXiv:1705.08016, section 3; code: github.com/abhimanyudubey/confusion.
 * @param logits - [batch, classes]
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch]; or null
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label that is no class, halves of an odd batch, or an option out of range
 */
export function pairwiseConfusion(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D | null = null,
  { pairs = "all", distance = "squaredEuclidean", ignore = -1 }: PairwiseConfusionOptions = {},
): tf.Scalar {
  const { batch, classes } = matchShapes(
    "pairwiseConfusion",
    { logits: "batch classes", ...(labels && { labels: "batch" }) },
    { logits, ...(labels && { labels }) },
  );
  requireRows("pairwiseConfusion", "logits", batch);
  requireOneOf("pairwiseConfusion", { distance }, ["squaredEuclidean", "euclidean"]);
  requireOneOf("pairwiseConfusion", { pairs }, Object.keys(pairings));
  if (pairs === "halves" && batch % 2 !== 0)
    throw new RangeError(`pairwiseConfusion: \`pairs\` "halves" needs an even batch, got ${batch} rows of \`logits\`.`);
  if (labels) requireLabels("pairwiseConfusion", labels, classes, ignore);
  return tf.tidy(() => {
    const kept = labels ? maskRows(logits, rowWeights(labels, { ignore })) : logits;
    const distances = pairDistances[distance](tf.softmax(kept)); // [batch, batch]
    const index = rowNumbers(batch);
    const chosen = tf.cast(pairings[pairs](tf.sub(tf.expandDims(index, 0), tf.expandDims(index, 1)), batch), "float32");
    const counted = labels ? tf.mul(chosen, pairMasks(labels, ignore).different) : chosen;
    return tf.div(tf.sum(tf.mul(distances, counted)), safeDivisor(tf.sum(counted)));
  });
}
