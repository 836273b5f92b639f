import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels } from "./checks.js";
import { oneHot } from "./one-hot.js";
import { weightedMean } from "./weighted-mean.js";

/** Options of `attentionContrast`. */
export interface AttentionContrastOptions {
  /**
   * The class of images without an object. These images are ignored; all others should be classified as background
   * outside of the attention. With `null` there is no such class: outside of the attention, an image should then not be
   * classified as its own class. Default 0.
   */
  readonly background?: number | null;
}

/**
 * A loss on the regions without attention: the classifier should not find the class of the image there. If it does, the
 * attention misses something.
 *
 *     background c:   loss = mean over the b with y_b ≠ c of -log p_bc
 *     null:           loss = mean_b -log(1 - p_{b y_b})
 *     p_b = softmax(z_b), or (1 - σ(z_b), σ(z_b)) for one logit
 *
 * The mean over no images is 0. The logits are those of a classifier whose patches were sampled from 1 - attention and
 * weighted with it, by a plan with `contrast: true` (`@fovea/patch-sampling`). Add this loss to the cross-entropy of
 * the patches that were sampled from the attention.
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694, section 3.4, for one logit and background 0. The authors' code samples from
 * 1 - attention but weights with attention, and leaves the term out if all images of a batch show an object.
 * @param logits - from the patches outside of the attention, [batch, classes], or [batch, 1] for two classes
 * @param labels - int32 in 0 … classes - 1, or -1 for unknown, which is ignored, [batch]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label or background that is no class
 */
export function attentionContrast(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { background = 0 }: AttentionContrastOptions = {},
): tf.Scalar {
  matchShapes("attentionContrast", { logits: "batch classes", labels: "batch" }, { logits, labels });
  const classes = Math.max(2, logits.shape[1]);
  requireLabels("attentionContrast", labels, classes);
  if (background !== null && !(Number.isInteger(background) && background >= 0 && background < classes))
    throw new RangeError(
      `attentionContrast: expected \`background\` in 0 … ${classes - 1} or null, got ${background}.`,
    );
  return tf.tidy(() => {
    const z = logits.shape[1] === 1 ? (tf.concat([tf.zerosLike(logits), logits], 1) as tf.Tensor2D) : logits;
    const known = tf.cast(tf.greaterEqual(labels, 0), "float32") as tf.Tensor1D;
    if (background === null) return weightedMean(complementLoss(z, labels), known);
    const withObject = tf.cast(tf.notEqual(labels, background), "float32");
    const loss = tf.neg(tf.squeeze(tf.slice(tf.logSoftmax(z), [0, background], [-1, 1]), [1]));
    return weightedMean(loss as tf.Tensor1D, tf.mul(known, withObject) as tf.Tensor1D);
  });
}

/** -log(1 - p_y) = logsumexp_j(z_j) - logsumexp_{j ≠ y}(z_j), [batch]: no probability is rounded to 1. */
function complementLoss(z: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const own = oneHot(labels, z.shape[1]);
  return tf.sub(tf.logSumExp(z, 1), tf.logSumExp(tf.sub(z, tf.mul(own, 1e9)), 1));
}
