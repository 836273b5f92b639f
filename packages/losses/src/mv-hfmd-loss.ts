import { fillMasked, matchShapes, requireCounts, requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels, requireNonNegative } from "./checks.js";
import type { MultiTermLoss } from "./multi-term-loss.js";
import { mutualDistillation } from "./mutual-distillation.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";
import { uncheckedViewCrossEntropy } from "./view-cross-entropy.js";
import { safeDivisor } from "./weighted-mean.js";

/** The two predictions of a hybrid-fusion model, as logits. */
export interface MvHfmdLogits {
  /** One prediction for each view, [batch, view, classes]. */
  readonly single: tf.Tensor3D;
  /** One prediction for each collection of views, [batch, classes]. */
  readonly fused: tf.Tensor2D;
}

/** Options of `mvHfmdLoss`. */
export interface MvHfmdLossOptions {
  /** Weight of the distillation. Default 0.1. */
  readonly lambda?: number;
  /** Temperature of the distillation. Default 4. */
  readonly temperature?: number;
  /**
   * How the single views are classified: "per-view" is the mean of the cross-entropies of the views, "score-fused" the
   * cross-entropy of their mean logits. Default "per-view".
   */
  readonly singleLoss?: "per-view" | "score-fused";
  /** 1 where a view is real, 0 where it is padding, [batch, view]. Default: all real. */
  readonly mask?: tf.Tensor2D | null;
  /**
   * The smallest number of real views for which the fused prediction is trained. With 2, the fused prediction of a
   * single view is not trained, as in the paper's code; set 1 if you use that prediction. Default 2.
   */
  readonly minFusedViews?: number;
}

/**
 * The loss of MV-HFMD (multi-view hybrid fusion and mutual distillation): cross-entropies of the fused prediction and
 * of each view's, and mutual distillation between the fused prediction and the mean of the views'.
 *
 *     total = fused + single + lambda · distillation
 *     fused = mean_b CE(z'_b, y_b),   single = mean_{b,i} CE(z_{b,i}, y_b)
 *     distillation = mutualDistillation(mean_i z_{b,i}, z'_b)
 *
 * Padded views are ignored, even if they hold NaN. A collection with one real view counts only in `single`, as in the
 * paper's code: not in `fused` (see `minFusedViews`) and not in `distillation`. A collection without a real view is
 * ignored. A mean over nothing is 0. Labels of -1 are ignored by both cross-entropies but, as in the paper's code, not
 * by the distillation.
 *
 * Ref: Black and Souvenir 2024, "Multi-view classification with hybrid fusion and mutual distillation", section 3. The
 * paper's text fits both values of `singleLoss`; its code has "per-view".
 * @param labels - int32, -1 for unknown, [batch]
 * @returns total and terms `fused`, `single`, `distillation` (before lambda), all scalars
 */
export function mvHfmdLoss(
  { single, fused }: MvHfmdLogits,
  labels: tf.Tensor1D,
  { lambda = 0.1, temperature = 4, singleLoss = "per-view", mask = null, minFusedViews = 2 }: MvHfmdLossOptions = {},
): MultiTermLoss {
  const { view, classes } = matchShapes(
    "mvHfmdLoss",
    { single: "batch view classes", fused: "batch classes", labels: "batch", ...(mask && { mask: "batch view" }) },
    { single, fused, labels, ...(mask && { mask }) },
  );
  requireNonNegative("mvHfmdLoss", { lambda });
  requireOneOf("mvHfmdLoss", { singleLoss }, ["per-view", "score-fused"]);
  requireCounts("mvHfmdLoss", { minFusedViews });
  requireLabels("mvHfmdLoss", labels, classes);
  return tf.tidy(() => {
    const real = tf.cast(mask ?? tf.ones([labels.size, view]), "float32") as tf.Tensor2D; // [batch, view]
    const atLeast = (count: number) => tf.cast(tf.greaterEqual(tf.sum(real, 1), count), "float32") as tf.Tensor1D;
    const score = meanOverViews(fillMasked(single, mask), real); // [batch, classes]
    const collectionLoss = (logits: tf.Tensor2D, count: number) =>
      uncheckedCrossEntropy(logits, labels, { sampleWeights: atLeast(count) }) as tf.Scalar;
    const terms = {
      fused: collectionLoss(fused, minFusedViews),
      single: singleLoss === "per-view" ? uncheckedViewCrossEntropy(single, labels, mask) : collectionLoss(score, 1),
      distillation: mutualDistillation(score, fused, { temperature, sampleWeights: atLeast(2) }),
    };
    const total = tf.addN([terms.fused, terms.single, tf.mul(terms.distillation, lambda)]) as tf.Scalar;
    return { total, terms };
  });
}

function meanOverViews(single: tf.Tensor3D, real: tf.Tensor2D): tf.Tensor2D {
  const share = tf.div(real, safeDivisor(tf.sum(real, 1, true))); // [batch, view]
  return tf.sum(tf.mul(single, tf.expandDims(share, 2)), 1); // [batch, classes]
}
