import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireClassWeights, requireLabels, requireNonNegative } from "./checks.js";
import type { CrossEntropyOptions } from "./cross-entropy.js";
import { rowWeights } from "./row-weights.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";
import { maskRows, weightedMean } from "./weighted-mean.js";
import { wherePositive } from "./where-positive.js";

/**
 * Options of `focalLoss`: those of `crossEntropy` without `labelSmoothing`, and `gamma`. `classWeights` is the paper's
 * α.
 */
export interface FocalLossOptions extends Omit<CrossEntropyOptions, "labelSmoothing"> {
  /**
   * Focusing parameter γ ≥ 0: the larger, the less rows count that are classified well. 0 is `crossEntropy`. Default 2.
   */
  readonly gamma?: number;
}

/**
 * Focal loss: a cross-entropy that gives less weight to easy rows, so that a few hard rows among many easy ones count
 * more.
 *
 *     p_b = softmax(z_b)_{y_b}
 *     l_b = -s_b w_{y_b} (1 - p_b)^gamma log p_b       s: sampleWeights, 0 where y_b is ignored; w: classWeights
 *     mean = sum_b( l_b ) / sum_b( s_b w_{y_b} ),   0 if the weights add up to 0
 *
 * With gamma = 0 it is `crossEntropy`. The paper has one sigmoid for each class, for object detection, and divides by
 * the number of boxes that are assigned to an object. This is the form for one softmax over all classes, averaged as
 * `crossEntropy` is.
 *
 * Ref: Lin et al. 2017, arXiv:1708.02002, equations 4 and 5.
 * @param logits - [batch, classes]
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch]
 * @returns scalar, []; with `reduction: "none"` the losses l_b, [batch]
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label that is no class, or an option out of range
 */
export function focalLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: Omit<FocalLossOptions, "reduction"> & { readonly reduction: "none" },
): tf.Tensor1D;
export function focalLoss(logits: tf.Tensor2D, labels: tf.Tensor1D, options?: FocalLossOptions): tf.Scalar;
export function focalLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: Omit<FocalLossOptions, "reduction"> & { readonly reduction?: "mean" | "sum" | "none" } = {},
): tf.Tensor {
  const { gamma = 2, ignore = -1, reduction = "mean" } = options;
  requireInputs(logits, labels, gamma, options);
  return tf.tidy(() => {
    const weights = rowWeights(labels, options); // [batch]
    const kept = maskRows(logits, weights);
    const losses = uncheckedCrossEntropy(kept, labels, { ignore, reduction: "none" }); // -log p_b, [batch]
    const focused = tf.mul<tf.Tensor1D>(modulatingFactor(losses, gamma), losses);
    if (reduction === "mean") return weightedMean(focused, weights);
    const weighted = tf.mul(focused, weights);
    return reduction === "sum" ? tf.sum(weighted) : weighted;
  });
}

/** (1 - p)^gamma, with a derivative of 0 at p = 1, where that of gamma < 1 is infinite. @param losses - -log p */
const modulatingFactor = (losses: tf.Tensor, gamma: number): tf.Tensor =>
  wherePositive(tf.sub(1, tf.exp(tf.neg(losses))), (miss) => tf.pow(miss, gamma));

function requireInputs(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  gamma: number,
  { ignore, classWeights, sampleWeights }: Omit<FocalLossOptions, "reduction">,
): void {
  const { classes } = matchShapes(
    "focalLoss",
    { logits: "batch classes", labels: "batch", ...(sampleWeights && { sampleWeights: "batch" }) },
    { logits, labels, ...(sampleWeights && { sampleWeights }) },
  );
  requireNonNegative("focalLoss", { gamma });
  requireLabels("focalLoss", labels, classes, ignore);
  requireClassWeights("focalLoss", classes, classWeights);
}
