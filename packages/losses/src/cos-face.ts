import * as tf from "@tensorflow/tfjs-core";
import { marginSoftmax, type CosineInputs, type MarginSoftmaxOptions } from "./margin-softmax.js";

/**
 * Large-margin cosine loss (CosFace): cross-entropy of scaled cosines between embeddings and class vectors, where a
 * margin is subtracted from the cosine of the right class. The margin separates classes further than the training set
 * alone demands. Use it for many classes, or to recognize classes that were not in the training set.
 *
 *     c_bj = cos(embeddings_b, weight_j)
 *     loss = mean_b CE( scale · (c_bj - margin [j = y_b]), y_b ),   0 when every label is ignored
 *
 * With margin 0 it is the normalized softmax. Predict with `cosineScores`.
 *
 * Ref: Wang et al. 2018, arXiv:1801.09414, equation 4.
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch]
 * @param options - `margin` is subtracted from the cosine; default 0.35
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label that is no class, or an option out of range
 */
export function cosFace(
  inputs: CosineInputs,
  labels: tf.Tensor1D,
  { margin = 0.35, ...options }: MarginSoftmaxOptions = {},
): tf.Scalar {
  if (!(margin >= 0 && margin < 2))
    throw new RangeError(`cosFace: expected \`margin\`, a difference of cosines, in [0, 2), got ${margin}.`);
  return marginSoftmax("cosFace", inputs, labels, options, (cosine) => tf.sub(cosine, margin));
}
