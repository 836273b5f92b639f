import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels } from "./checks.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";

/** Options of `viewCrossEntropy`. */
export interface ViewCrossEntropyOptions {
  /** 1 where a view is real, 0 where it is padding, [batch, view]. Default: all real. */
  readonly mask?: tf.Tensor2D | null;
}

/**
 * The cross-entropy of multi-view collections in which each view is classified on its own: the mean over the real views
 * of all collections.
 *
 *     loss = sum_{b,i}( m_bi CE(z_bi, y_b) ) / sum_{b,i}( m_bi ),   0 if no view is real        m: mask
 *
 * Padded views are ignored, even if they hold NaN, and so are collections with the label -1.
 *
 * @param single - logits, [batch, view, classes]
 * @param labels - one for each collection: int32 in 0 … classes - 1, or -1 for unknown, [batch]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, no view at all, or a label that is no class
 */
export function viewCrossEntropy(
  single: tf.Tensor3D,
  labels: tf.Tensor1D,
  { mask = null }: ViewCrossEntropyOptions = {},
): tf.Scalar {
  const { view, classes } = matchShapes(
    "viewCrossEntropy",
    { single: "batch view classes", labels: "batch", ...(mask && { mask: "batch view" }) },
    { single, labels, ...(mask && { mask }) },
  );
  requireLabels("viewCrossEntropy", labels, classes);
  if (view === 0)
    throw new RangeError(
      `viewCrossEntropy: expected at least one view in \`single\`, got [${single.shape.join(", ")}].`,
    );
  return uncheckedViewCrossEntropy(single, labels, mask);
}

/** Like `viewCrossEntropy`, but without checks. */
export function uncheckedViewCrossEntropy(
  single: tf.Tensor3D,
  labels: tf.Tensor1D,
  mask: tf.Tensor2D | null,
): tf.Scalar {
  const [batch, view, classes] = single.shape;
  return tf.tidy(() => {
    const labelOfView = tf.reshape(tf.tile(tf.expandDims(labels, 1), [1, view]), [batch * view]) as tf.Tensor1D;
    const logits = tf.reshape(single, [batch * view, classes]) as tf.Tensor2D; // view by view, like the labels
    const real = mask && (tf.cast(tf.reshape(mask, [batch * view]), "float32") as tf.Tensor1D);
    return uncheckedCrossEntropy(logits, labelOfView, real ? { sampleWeights: real } : {}) as tf.Scalar;
  });
}
