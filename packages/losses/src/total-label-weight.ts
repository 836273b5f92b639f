import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireClassWeights, requireIntegerLabels } from "./checks.js";
import type { CrossEntropyOptions } from "./cross-entropy.js";
import { rowWeights } from "./row-weights.js";

/**
 * The sum of the weights of all rows, by which a weighted mean divides:
 *
 *     sum_b( s_b w_{y_b} )        s: sampleWeights, 0 where y_b is ignored; w: classWeights
 *
 * The means of `crossEntropy`, `focalLoss`, `cosFace` and `arcFace` with the same options divide by it, and that of
 * `viewCrossEntropy` with the number of real views as `sampleWeights`. From the means L_i over parts of a batch, with
 * weights W_i, the mean over the batch is sum_i( W_i L_i ) / sum_i( W_i ). `fit` of `@fovea/train` does this with
 * `accumulate` if the loss returns `{ total, weight }`.
 *
 * @param labels - int32, [batch]
 * @returns scalar, []; 0 if all rows are ignored
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, or class weights below 0
 */
export function totalLabelWeight(
  labels: tf.Tensor1D,
  options: Pick<CrossEntropyOptions, "ignore" | "classWeights" | "sampleWeights"> = {},
): tf.Scalar {
  const { classWeights, sampleWeights } = options;
  if (sampleWeights)
    matchShapes("totalLabelWeight", { labels: "batch", sampleWeights: "batch" }, { labels, sampleWeights });
  else matchShapes("totalLabelWeight", { labels: "batch" }, { labels });
  requireIntegerLabels("totalLabelWeight", labels);
  requireClassWeights("totalLabelWeight", classWeights?.length ?? 0, classWeights);
  return tf.tidy(() => tf.sum<tf.Scalar>(rowWeights(labels, options)));
}
