import { matchShapes } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { requireClassWeights, requireLabels, requireSmoothing, requireTargets } from "./checks.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /** Rows with this label are ignored; soft targets have none. Default -1. */
  readonly ignore?: number;
  /** The part of each target that is spread evenly over all classes, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
  /** One weight ≥ 0 for each class. Default: all 1. */
  readonly classWeights?: readonly number[];
  /** One weight ≥ 0 for each row, [batch]; they get no gradient. Default: all 1. */
  readonly sampleWeights?: tf.Tensor1D;
  /** "mean" (the weighted mean over the rows) or "sum". Default "mean". */
  readonly reduction?: "mean" | "sum";
}

/** Options for the loss of each row, without a mean or a sum. */
type ForEachRow = Omit<CrossEntropyOptions, "reduction"> & { readonly reduction: "none" };

/**
 * Cross-entropy between logits and labels, or soft targets, as in PyTorch. With `labelSmoothing` it is the
 * label-smoothing loss.
 *
 *     t_bc = (1 - labelSmoothing) [c = y_b] + labelSmoothing / classes
 *     l_b  = -s_b sum_c( w_c t_bc logSoftmax(z_b)_c )        s: sampleWeights, 0 where y_b is ignored; w: classWeights
 *     mean = sum_b( l_b ) / sum_b( s_b w_{y_b} ),   0 if the weights add up to 0
 *
 * Soft targets, from mixup, a teacher or one-hot vectors, are probabilities y_bc of each class. Then [c = y_b] is y_bc,
 * and the mean divides by sum_b( s_b ). They get no gradient.
 *
 * A row that is ignored or has weight 0 may hold any numbers, even NaN, and has a gradient of 0. A logit of -Infinity
 * means that the class is impossible.
 *
 * Ref: Szegedy et al. 2016, arXiv:1512.00567, section 7 (label smoothing).
 *
 * Labels and targets are read back and checked, since a label out of range would be ignored silently. They come from
 * the data, so reading them does not wait for the engine.
 *
 * @param logits - [batch, classes]
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch]; or float32 ≥ 0 that add up to 1 in each row,
 * [batch, classes]
 * @returns scalar, []; with `reduction: "none"` the losses l_b, [batch]
 * @throws TypeError for labels that are not int32, or targets that are not float32
 * @throws RangeError for an empty batch, a label that is no class, targets that are no probabilities, or an option out
 * of range
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, options: ForEachRow): tf.Tensor1D;
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, options?: CrossEntropyOptions): tf.Scalar;
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor2D, options: ForEachRow): tf.Tensor1D;
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor2D, options?: CrossEntropyOptions): tf.Scalar;
export function crossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D | tf.Tensor2D,
  options: CrossEntropyOptions | ForEachRow = {},
): tf.Tensor {
  const { sampleWeights } = options;
  const { classes } = matchShapes(
    "crossEntropy",
    {
      logits: "batch classes",
      labels: labels.rank === 2 ? "batch classes" : "batch",
      ...(sampleWeights && { sampleWeights: "batch" }),
    },
    { logits, labels, ...(sampleWeights && { sampleWeights }) },
  );
  if (labels.rank === 2) requireTargets("crossEntropy", labels as tf.Tensor2D);
  else requireLabels("crossEntropy", labels as tf.Tensor1D, classes, options.ignore);
  requireClassWeights("crossEntropy", classes, options.classWeights);
  requireSmoothing("crossEntropy", options.labelSmoothing ?? 0);
  return uncheckedCrossEntropy(logits, labels, options);
}
