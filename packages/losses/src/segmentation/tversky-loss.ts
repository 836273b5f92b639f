import * as tf from "@tensorflow/tfjs-core";
import { requireNonNegative } from "../checks.js";
import { safeDivisor } from "../weighted-mean.js";
import { overlapLoss, type OverlapOptions, type Regions } from "./overlap-loss.js";

/** Options of `tverskyLoss`. */
export interface TverskyLossOptions extends OverlapOptions {
  /** Weight of false positives, ≥ 0. Default 0.3. */
  readonly alpha?: number;
  /** Weight of false negatives, ≥ 0; more than `alpha` finds more of small regions. Default 0.7. */
  readonly beta?: number;
  /** Added to both sides of the quotient, in pixels, ≥ 0: makes small regions count less. Default 0. */
  readonly smooth?: number;
}

/**
 * Tversky loss: how much of each class is missed or found where it is not, with a weight for each of the two.
 *
 *     TP_c = sum_n( p_nc t_nc ),  FP_c = sum_n( p_nc (1 - t_nc) ),  FN_c = sum_n( (1 - p_nc) t_nc )
 *     p_n = softmax(z_n),   t_nc = 1 where pixel n is of class c, else 0
 *     loss = mean over the classes with a pixel of 1 - (TP_c + smooth) / (TP_c + alpha FP_c + beta FN_c + smooth)
 *
 * The sums are over the pixels of an image, and the loss is the mean over the images that have a class; or, with
 * `scope: "batch"`, over the pixels of all images. Ignored pixels are in no sum, and may hold any numbers, even NaN. If
 * everything is ignored, the loss is 0 with a gradient of 0. A class without a pixel counts only by the false positives
 * of the others: `all` of other libraries, where it has a loss of its own, is not offered.
 *
 * With alpha = beta = 1/2 it is `diceLoss`, with both 1 the Jaccard (IoU) loss. It lies in [0, 1], and is 0 only if all
 * labelled pixels are right with a probability of 1.
 *
 * Ref: Salehi et al. 2017, arXiv:1706.05721, equation 3.
 * @param logits - [batch, height, width, classes]; `resizeLogits` enlarges smaller ones
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for logits of another size, an empty batch, a label that is no class, or an option out of range
 */
export function tverskyLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { alpha = 0.3, beta = 0.7, smooth = 0, ...options }: TverskyLossOptions = {},
): tf.Scalar {
  requireNonNegative("tverskyLoss", { alpha, beta, smooth });
  return overlapLoss("tverskyLoss", logits, labels, options, (regions) => tversky(regions, { alpha, beta, smooth }));
}

/** 1 - the Tversky index of each class, [scope, classes]. */
export function tversky(
  { probabilities, hits }: Regions,
  { alpha, beta, smooth }: { readonly alpha: number; readonly beta: number; readonly smooth: number },
): tf.Tensor {
  const positives = tf.sum(tf.mul(probabilities, hits), 1); // TP, [scope, classes]
  const falsePositives = tf.sub(tf.sum(probabilities, 1), positives);
  const falseNegatives = tf.sub(tf.sum(hits, 1), positives);
  const wrong = tf.add(tf.mul(falsePositives, alpha), tf.mul(falseNegatives, beta));
  return tf.div(wrong, safeDivisor(tf.add(tf.add(positives, wrong), smooth)));
}
