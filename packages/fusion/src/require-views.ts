import type * as tf from "@tensorflow/tfjs-core";
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
 * Refuses views or a mask that a fusion cannot merge: wrong axes, no row, no view, or more views than slots. Every
 * `merge` calls it first.
 *
 * @throws ShapeError or RangeError that names the fusion and the argument
 */
export function requireViews(
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
