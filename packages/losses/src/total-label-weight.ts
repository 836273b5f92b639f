import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireClassWeights, requireIntegerLabels } from "./checks.js";
import type { CrossEntropyOptions } from "./cross-entropy.js";
import { rowWeights } from "./row-weights.js";

/**
 * What a weighted mean over labelled rows divides by:
 *
 *     sum_b( s_b w_{y_b} )        s: sampleWeights, 0 where y_b is ignored; w: classWeights
 *
 * That of `crossEntropy`, `focalLoss`, `cosFace` and `arcFace` with the same options, and of `viewCrossEntropy` with
 * the number of real views as `sampleWeights`. Means L_i over parts of a batch, of weights W_i, make the mean over
 * the whole: sum_i( W_i L_i ) / sum_i( W_i ). `fit` of `@fovea/train` does that with `accumulate` if the loss returns
 * `{ total, weight }`.
 *
 * @param labels - int32, [batch]
 * @returns scalar, []; 0 when no row counts
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, or class weights below 0
 */
export function totalLabelWeight(
  labels: tf.Tensor1D,
  options: Pick<CrossEntropyOptions, "ignoreIndex" | "classWeights" | "sampleWeights"> = {},
): tf.Scalar {
  const { classWeights, sampleWeights } = options;
  if (sampleWeights)
    matchShapes("totalLabelWeight", { labels: "batch", sampleWeights: "batch" }, { labels, sampleWeights });
  else matchShapes("totalLabelWeight", { labels: "batch" }, { labels });
  requireIntegerLabels("totalLabelWeight", labels);
  requireClassWeights("totalLabelWeight", classWeights?.length ?? 0, classWeights);
  return tf.tidy(() => tf.sum<tf.Scalar>(rowWeights(labels, options)));
}
