import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The attention of every cell, of which a little is spread evenly so that no cell can never be drawn:
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
 * Where attention is not: q = (1 - p) / (cells - 1), which sums to 1. For a single cell it is that cell.
 *
 * @param attention - [..., cells]
 * @returns [..., cells]
 */
export function awayFrom<T extends tf.Tensor>(attention: T): T {
  matchShapes("awayFrom", { attention: "... cells" }, { attention });
  return tf.tidy(() => {
    const cells = cellsOf(attention);
    return cells === 1 ? tf.onesLike(attention) : tf.div<T>(tf.sub(1, attention), cells - 1);
  });
}

const cellsOf = ({ shape }: tf.Tensor): number => shape.at(-1)!;

/**
 * sum_i p_i log p_i: −log(cells) where attention is even, its least, and 0 where it is all on one cell. Added to a
 * loss, it keeps attention from settling before it has looked around.
 *
 * Ref: Katharopoulos & Fleuret 2019, arXiv:1905.03711, section 4.
 * @param attention - [cells]
 */
export function negativeEntropy(attention: tf.Tensor1D): tf.Scalar {
  matchShapes("negativeEntropy", { attention: "cells" }, { attention });
  return tf.tidy(() => tf.sum<tf.Scalar>(tf.mul(attention, tf.log(tf.maximum(attention, 1e-12)))));
}
