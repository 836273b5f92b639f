import * as tf from "@tensorflow/tfjs-core";
import { matchShapes } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";

const axes: Readonly<Record<MergePoint, string>> = {
  image: "batch view height width channels",
  map: "batch view height width channels",
  tokens: "batch view tokens dim",
  vector: "batch view dim",
  logits: "batch view classes",
};

/**
 * The check every `merge` starts with: axes, at least one row and one view, no more views than slots.
 *
 * @throws ShapeError or RangeError that names the fusion, the argument, what it expected and what came
 */
export function checkViews(
  { name, at, slots }: Pick<Fusion, "name" | "at" | "slots">,
  views: tf.Tensor,
  mask: tf.Tensor2D | null,
): void {
  if (mask) matchShapes(name, { views: axes[at], mask: "batch view" }, { views, mask });
  else matchShapes(name, { views: axes[at] }, { views });
  const count = views.shape[1]!;
  if (count < 1)
    throw new RangeError(`${name}: expected \`views\` with at least one view, got [${views.shape.join(", ")}].`);
  if (views.size === 0)
    throw new RangeError(`${name}: expected \`views\` with at least one number, got [${views.shape.join(", ")}].`);
  if (slots !== null && count > slots)
    throw new RangeError(`${name}: expected at most ${slots} views, one for each slot, got ${count}.`);
}

/**
 * The views with zeros in place of the masked ones. A choice, not a product: 0 · NaN would be NaN.
 *
 * @param views - [batch, view, …rest]
 * @param mask - [batch, view]; null: `views` as they are
 */
export const keepReal = (views: tf.Tensor, mask: tf.Tensor2D | null): tf.Tensor =>
  mask ? tf.where(isReal(mask, views.rank), views, tf.zerosLike(views)) : views;

/** The views with `filler` in place of the masked ones, e.g. -Infinity before a maximum. */
export const fillMasked = (views: tf.Tensor, mask: tf.Tensor2D | null, filler: number): tf.Tensor =>
  mask ? tf.where(isReal(mask, views.rank), views, tf.fill(views.shape, filler)) : views;

/** @returns [batch, view, 1, …] of the given rank, bool */
export const isReal = (mask: tf.Tensor2D, rank: number): tf.Tensor =>
  tf.reshape(tf.notEqual(tf.cast(mask, "float32"), 0), [...mask.shape, ...Array<number>(rank - 2).fill(1)]);

/**
 * How many views of each row are real, but 1 for a row without any: a safe divisor. @returns [batch, 1, …] of the given
 * rank
 */
export function countReal(mask: tf.Tensor2D, rank: number): tf.Tensor {
  const count = tf.sum(tf.cast(isReal(mask, rank), "float32"), 1);
  return tf.maximum(count, 1);
}
