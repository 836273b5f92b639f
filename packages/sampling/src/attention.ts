import * as tf from "@tensorflow/tfjs-core";

/**
 * The attention of every cell, of which a little is spread evenly so that no cell can never be drawn:
 *
 *     p = (1 - smoothing) softmax(logits) + smoothing / cells
 *
 * @param logits - of one picture, [rows, columns]
 * @returns [cells], row by row
 */
export const attentionOf = (logits: tf.Tensor, smoothing: number): tf.Tensor1D =>
  tf.tidy(() => {
    const p = tf.softmax(tf.reshape(logits, [-1])) as tf.Tensor1D;
    return tf.add(tf.mul(p, 1 - smoothing), smoothing / p.size);
  });

/**
 * Where attention is not: q = (1 - p) / (cells - 1), which sums to 1. For a single cell it is that cell.
 *
 * @param attention - [cells]
 */
export const awayFrom = (attention: tf.Tensor1D): tf.Tensor1D =>
  tf.tidy(() => (attention.size === 1 ? tf.onesLike(attention) : tf.div(tf.sub(1, attention), attention.size - 1)));

/**
 * sum_i p_i log p_i: −log(cells) where attention is even, its least, and 0 where it is all on one cell. Added to a loss, it keeps
 * attention from settling before it has looked around.
 *
 * Ref: Katharopoulos & Fleuret 2019, arXiv:1905.03711, section 4.
 * @param attention - [cells]
 */
export const negativeEntropy = (attention: tf.Tensor1D): tf.Scalar =>
  tf.tidy(() => tf.sum<tf.Scalar>(tf.mul(attention, tf.log(tf.maximum(attention, 1e-12)))));
