import * as tf from "@tensorflow/tfjs-core";
import { withoutGradient } from "./stop-gradient.js";

/**
 * Softmax over the last axis among the items whose mask m is 1; a masked item has weight 0, exactly:
 *
 *     w_i = m_i · exp(s_i) / Σ_j m_j · exp(s_j)
 *
 * Where all items are masked all weights are 0, and so is the gradient. The score of a masked item counts for nothing,
 * also if it is infinite or NaN: it is replaced, not multiplied by 0. Scores of other items must be greater than −1e30.
 *
 * @param scores - [...rest, items]
 * @param mask - anything that broadcasts to it, not 0 where an item counts. Default: all do
 * @returns [...rest, items]
 */
export function maskedSoftmax<T extends tf.Tensor>(scores: T, mask?: tf.Tensor | null): T {
  if (!mask) return tf.softmax(scores);
  return tf.tidy(() => {
    const counts = withoutGradient(mask, (mask) =>
      tf.notEqual(tf.broadcastTo(tf.cast(mask, "float32"), scores.shape), 0),
    );
    const filled = tf.where(counts, scores, tf.fill(scores.shape, -1e30)); // not −Infinity: a row of those is NaN
    return tf.where(counts, tf.softmax(filled), tf.zerosLike(filled)) as T;
  });
}
