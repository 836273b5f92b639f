import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels } from "./checks.js";
import { oneHot } from "./one-hot.js";
import { weightedMean } from "./weighted-mean.js";

/** What `attentionContrast` is told. */
export interface AttentionContrastOptions {
  /**
   * The class of pictures that show nothing. Those of it count for nothing, and all others should look like it where
   * attention is not. `null`: there is none; then what is seen there should not be the picture's own class. Default 0.
   */
  readonly background?: number | null;
}

/**
 * What is seen where attention is not should say nothing: a classifier that knows the class from there has the wrong
 * attention.
 *
 *     background c:   loss = mean over the b with y_b ≠ c of -log p_bc
 *     none:           loss = mean_b -log(1 - p_{b y_b})
 *     p_b = softmax(z_b), or (1 - σ(z_b), σ(z_b)) for one logit
 *
 * Over nothing it is 0. The logits are a classifier's on what was drawn from 1 - attention, and weighted by it: a
 * sampler's plan with `contrast: true` (`@fovea/patch-sampling`). Added to the cross-entropy of what attention sees.
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694, section 3.4, for one logit and background 0; its code draws from 1 -
 * attention but weights with attention, and lets the term vanish where all of a batch show something.
 * @param logits - of the contrast, [batch, classes], or [batch, 1] for two classes
 * @param labels - int32 in 0 … classes - 1, or -1 for unknown, which counts for nothing, [batch]
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
    if (background === null) return weightedMean(notTheOwn(z, labels), known);
    const shown = tf.cast(tf.notEqual(labels, background), "float32");
    const loss = tf.neg(tf.squeeze(tf.slice(tf.logSoftmax(z), [0, background], [-1, 1]), [1]));
    return weightedMean(loss as tf.Tensor1D, tf.mul(known, shown) as tf.Tensor1D);
  });
}

/** -log(1 - p_y) = logsumexp_j(z_j) - logsumexp_{j ≠ y}(z_j), [batch]: no probability is rounded to 1. */
function notTheOwn(z: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const own = oneHot(labels, z.shape[1]);
  return tf.sub(tf.logSumExp(z, 1), tf.logSumExp(tf.sub(z, tf.mul(own, 1e9)), 1));
}
