import { requireOneOf } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { IGNORE, labelled, requireLabelMap } from "./label-map.js";
import { labelsAt } from "./labels-at.js";

/** Which pixels `pixelDistillation` and `adaptiveKL` average over, and how. */
export interface PixelDivergenceOptions {
  /**
   * What the divergences are averaged over. "pixel": over the pixels; "element": over the pixels and their classes, as
   * `KLDivLoss(reduction="mean")` of PyTorch, so that the loss is smaller by the number of classes.
   * Default: "pixel" for `pixelDistillation`, "element" for `adaptiveKL`.
   */
  readonly reduction?: "pixel" | "element";
  /**
   * Pixels whose label here is `ignore` are left out. int32, [batch, height, width], taken at the maps' pixels as by
   * `labelsAt`. Default: all pixels count, also those that nobody labelled.
   */
  readonly labels?: tf.Tensor3D;
  /** The label of the pixels to leave out. Default 255. */
  readonly ignore?: number;
}

/** Refuses an unknown reduction, and labels that are no class. */
export function requireDivergence(
  who: string,
  classes: number,
  { reduction = "pixel", labels, ignore = IGNORE }: PixelDivergenceOptions,
): void {
  requireOneOf(who, { reduction }, ["pixel", "element"]);
  if (labels) requireLabelMap(who, labels, classes, ignore);
}

/** 1 for each pixel that counts, else 0, [batch, rows, columns]. */
export function countedPixels(
  shape: readonly [batch: number, rows: number, columns: number],
  { labels, ignore = IGNORE }: PixelDivergenceOptions,
): tf.Tensor3D {
  const [, rows, columns] = shape;
  return labels ? labelled(labelsAt(labels, rows, columns), ignore) : tf.ones([...shape]);
}
