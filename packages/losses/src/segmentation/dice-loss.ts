import type * as tf from "@tensorflow/tfjs-core";
import { requireNonNegative } from "../checks.js";
import { overlapLoss, type OverlapOptions } from "./overlap-loss.js";
import { tversky } from "./tversky-loss.js";

/** Options of `diceLoss`. */
export interface DiceLossOptions extends OverlapOptions {
  /** Added to both sides of the quotient, in pixels, ≥ 0: makes small regions count less. Default 0. */
  readonly smooth?: number;
}

/**
 * Soft Dice loss: how little the region of each class and its probabilities overlap. Unlike in a cross-entropy, a class
 * with few pixels counts as much as one with many.
 *
 *     dice_c = (2 sum_n( p_nc t_nc ) + smooth) / (sum_n( p_nc + t_nc ) + smooth),   p_n = softmax(z_n)
 *     loss = mean over the classes with a pixel of 1 - dice_c
 *
 * The sums are over the pixels of an image, and the loss is the mean over the images that have a class; or, with
 * `scope: "batch"`, over the pixels of all images. Ignored pixels are in no sum, and may hold any numbers, even NaN. If
 * everything is ignored, the loss is 0 with a gradient of 0.
 *
 * Milletari et al. divide by the sums of squares; this is the form without squares of Salehi et al., the usual one. As
 * only classes with a pixel count, no `smooth` is needed against 0 / 0.
 *
 * Ref: Milletari et al. 2016, arXiv:1606.04797, section 3; Salehi et al. 2017, arXiv:1706.05721.
 * @param logits - [batch, height, width, classes]; `resizeLogits` enlarges smaller ones
 * @param labels - int32 in 0 … classes - 1, or `ignore`, [batch, height, width]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for logits of another size, an empty batch, a label that is no class, or an option out of range
 */
export function diceLoss(
  logits: tf.Tensor4D,
  labels: tf.Tensor3D,
  { smooth = 0, ...options }: DiceLossOptions = {},
): tf.Scalar {
  requireNonNegative("diceLoss", { smooth });
  const halves = { alpha: 0.5, beta: 0.5, smooth: smooth / 2 };
  return overlapLoss("diceLoss", logits, labels, options, (regions) => tversky(regions, halves));
}
