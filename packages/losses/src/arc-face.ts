import { withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { marginSoftmax, type CosineInputs, type MarginSoftmaxOptions } from "./margin-softmax.js";
import { safeSqrt } from "./where-positive.js";

/**
 * Additive angular margin loss (ArcFace): cross-entropy of scaled cosines between embeddings and class vectors, where a
 * margin is added to the angle of the right class. Unlike the margin of `cosFace`, this one is equally wide for every
 * angle.
 *
 *     c_bj = cos θ_bj = cos(embeddings_b, weight_j)
 *     loss = mean_b CE( scale · (cos(θ_bj + margin) where j = y_b, else c_bj), y_b ),   0 when every label is ignored
 *
 * Where θ + margin > π, cos(θ + margin) would grow with θ. There cos θ - margin sin(margin) is used instead, as in the
 * authors' first code: it always falls with θ, with one step down (of 0.12 for the default) at θ = π - margin. At θ = 0
 * and π the gradient is 0, not infinite. Predict with `cosineScores`.
 *
 * Ref: Deng et al. 2019, arXiv:1801.07698, equation 3.
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch]
 * @param options - `margin` is in radians (PyTorch Metric Learning's are degrees); default 0.5
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label that is no class, or an option out of range
 */
export function arcFace(
  inputs: CosineInputs,
  labels: tf.Tensor1D,
  { margin = 0.5, ...options }: MarginSoftmaxOptions = {},
): tf.Scalar {
  if (!(margin >= 0 && margin <= Math.PI / 2))
    throw new RangeError(`arcFace: expected \`margin\`, an angle in radians, in [0, π/2], got ${margin}.`);
  return marginSoftmax("arcFace", inputs, labels, options, (cosine) => addAngularMargin(cosine, margin));
}

/** cos(θ + margin) from cos θ, without arccos, whose derivative is infinite at 1 and -1. */
function addAngularMargin(cosine: tf.Tensor, margin: number): tf.Tensor {
  const sine = safeSqrt(tf.mul(tf.sub(1, cosine), tf.add(1, cosine)));
  const sum = tf.sub(tf.mul(cosine, Math.cos(margin)), tf.mul(sine, Math.sin(margin)));
  const beyond = tf.sub(cosine, margin * Math.sin(margin));
  const within = withoutGradient(cosine, (cosine) => tf.cast(tf.greater(cosine, -Math.cos(margin)), "float32"));
  return tf.add(tf.mul(sum, within), tf.mul(beyond, tf.sub(1, within)));
}
