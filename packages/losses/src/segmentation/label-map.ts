import { inspect, matchShapes, ShapeError } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { oneHot } from "../one-hot.js";

/** The label of pixels that are ignored, unless an option says another. */
export const IGNORE = 255;

/**
 * Refuses label maps [batch, height, width] that are not int32, are empty, or hold a number that is neither a class nor
 * `ignore`. They are read back, so pass the labels that came with the data, never a tensor computed from them.
 */
export function requireLabelMap(who: string, labels: tf.Tensor3D, classes: number, ignore: number): void {
  if (labels.dtype !== "int32") throw new TypeError(`${who}: expected \`labels\` of dtype int32, got ${labels.dtype}.`);
  requirePixels(who, { labels });
  const [, height, width] = labels.shape;
  inspect(labels, (numbers) => {
    const at = numbers.findIndex((label) => label !== ignore && !(label >= 0 && label < classes));
    if (at < 0) return;
    const [image, row] = [Math.floor(at / (height * width)), Math.floor(at / width) % height];
    throw new RangeError(
      `${who}: expected \`labels\` in 0 … ${classes - 1} (classes=${classes}) or \`ignore\` ${ignore}, ` +
        `got ${numbers[at]} in image ${image} at row ${row}, column ${at % width}.`,
    );
  });
}

/** Refuses maps without an image or a pixel: a mean over nothing is not defined. */
export function requirePixels(who: string, maps: Readonly<Record<string, tf.Tensor>>): void {
  for (const [name, { shape }] of Object.entries(maps))
    if (shape.includes(0))
      throw new RangeError(
        `${who}: expected at least one image, pixel and channel in \`${name}\`, got [${shape.join(", ")}].`,
      );
}

/**
 * Refuses logits and label maps of different sizes, and labels that are no class.
 *
 * @param logits - [batch, height, width, classes]
 * @param labels - [batch, height, width]
 */
export function requireLabelledLogits(who: string, logits: tf.Tensor4D, labels: tf.Tensor3D, ignore: number): void {
  matchShapes(who, { logits: "batch ... classes", labels: "batch height width" }, { logits, labels });
  const [size, wanted] = [logits.shape.slice(1, -1), labels.shape.slice(1)];
  if (size.length !== 2 || size.some((length, i) => length !== wanted[i]))
    throw new ShapeError(
      `${who}: expected \`logits\` of shape [batch, height, width, classes] with the height and width of \`labels\`, ` +
        `${wanted.join(" × ")}, got [${logits.shape.join(", ")}]. resizeLogits(logits, ${wanted.join(", ")}) enlarges them.`,
    );
  requireLabelMap(who, labels, logits.shape[3], ignore);
}

/** 1 where a label is not `ignore`, else 0: [...] → [...]. */
export const labelled = <T extends tf.Tensor>(labels: T, ignore: number): T =>
  tf.cast(tf.notEqual(labels, ignore), "float32") as T;

/** One-hot vectors of labels, zeros where a label is `ignore`: [...] → [..., classes]. */
export function classHits<T extends tf.Tensor>(labels: tf.Tensor, classes: number, ignore: number): T {
  const hits = oneHot(labels, classes);
  const isClass = ignore >= 0 && ignore < classes;
  return (isClass ? tf.mul(hits, tf.expandDims(labelled(labels, ignore), -1)) : hits) as T;
}
