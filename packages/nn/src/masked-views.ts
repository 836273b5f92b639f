import * as tf from "@tensorflow/tfjs-core";

/**
 * The views with `value` in place of the masked ones, e.g. -Infinity before a maximum. The masked numbers are replaced,
 * not multiplied by 0, because 0 · NaN is NaN.
 *
 * @param views - [batch, view, …rest]
 * @param mask - [batch, view], not 0 where a view is real; null: all views are real, and `views` is returned as it is
 * @param value - default 0
 * @returns [batch, view, …rest]
 */
export function fillMasked<T extends tf.Tensor>(views: T, mask: tf.Tensor2D | null, value = 0): T {
  if (!mask) return views;
  const filler = value === 0 ? tf.zerosLike(views) : tf.fill(views.shape, value);
  return tf.where(expandMask(mask, views.rank), views, filler) as T;
}

/**
 * A mask of views with axes of size 1 behind it, so that it broadcasts to a tensor of that rank.
 *
 * @param mask - [batch, view], not 0 where a view is real
 * @returns [batch, view, 1, …], bool: true where a view is real
 */
export const expandMask = (mask: tf.Tensor2D, rank: number): tf.Tensor =>
  tf.reshape(tf.notEqual(tf.cast(mask, "float32"), 0), [...mask.shape, ...Array<number>(rank - 2).fill(1)]);

/**
 * The number of real views in each row, or 1 for a row without any: a mean can always be divided by it.
 *
 * @param mask - [batch, view], not 0 where a view is real
 * @param rank - the rank of the views
 * @returns [batch, 1, …], of rank − 1, float32
 */
export function countReal(mask: tf.Tensor2D, rank: number): tf.Tensor {
  const count = tf.sum(tf.cast(expandMask(mask, rank), "float32"), 1);
  return tf.maximum(count, 1);
}
