import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The attention of every cell. A little of it is spread evenly, so that every cell can be drawn:
 *
 *     p = (1 - smoothing) softmax(logits) + smoothing / cells
 *
 * @param logits - [..., cells]
 * @returns [..., cells]
 */
export function attentionOf<T extends tf.Tensor>(logits: T, smoothing: number): T {
  matchShapes("attentionOf", { logits: "... cells" }, { logits });
  return tf.tidy(() => tf.add<T>(tf.mul(tf.softmax(logits), 1 - smoothing), smoothing / cellsOf(logits)));
}

/**
 * Attention for contrast, high where attention is low: q = (1 - p) / (cells - 1), which sums to 1. A single cell keeps
 * all of it.
 *
 * @param attention - [..., cells]
 * @returns [..., cells]
 */
export function contrastAttention<T extends tf.Tensor>(attention: T): T {
  matchShapes("contrastAttention", { attention: "... cells" }, { attention });
  return tf.tidy(() => {
    const cells = cellsOf(attention);
    return cells === 1 ? tf.onesLike(attention) : tf.div<T>(tf.sub(1, attention), cells - 1);
  });
}

const cellsOf = ({ shape }: tf.Tensor): number => shape.at(-1)!;

/** sum_i p_i log p_i of each map, [...]. @param attention - [..., cells] */
export const entropies = (attention: tf.Tensor): tf.Tensor =>
  tf.tidy(() => tf.sum(tf.mul(attention, tf.log(tf.maximum(attention, 1e-12))), -1));

/**
 * sum_i p_i log p_i: 0 if all attention is on one cell, −log(cells), the least, if it is even. Added to a loss, it
 * keeps attention from settling on few cells early in training.
 *
 * Ref: Katharopoulos & Fleuret 2019, arXiv:1905.03711, section 4.
 * @param attention - [cells]
 */
export function negativeEntropy(attention: tf.Tensor1D): tf.Scalar {
  matchShapes("negativeEntropy", { attention: "cells" }, { attention });
  return entropies(attention) as tf.Scalar;
}
