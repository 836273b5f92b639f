import { withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { uncheckedCrossEntropy } from "../unchecked-cross-entropy.js";

/** Which pixels are hard: see `pixelCrossEntropy`. */
export interface OhemOptions {
  /** A pixel is hard if the probability of its class is below this, in [0, 1]. Default 0.7. */
  readonly threshold?: number;
  /**
   * How many pixels for each image are kept at least, or all if there are fewer: the hardest of the batch, whichever
   * image they are of. Default 100,000.
   */
  readonly minKept?: number;
}

/** Refuses a threshold that is no probability, or a number of pixels that is none. */
export function requireOhem(who: string, { threshold = 0.7, minKept = 100_000 }: OhemOptions): void {
  if (!(threshold >= 0 && threshold <= 1))
    throw new RangeError(`${who}: expected \`ohem.threshold\`, a probability, in [0, 1], got ${threshold}.`);
  if (!(Number.isSafeInteger(minKept) && minKept >= 0))
    throw new RangeError(`${who}: expected \`ohem.minKept\`, a number of pixels, ≥ 0, got ${minKept}.`);
}

/**
 * 1 for each hard pixel, else 0: those with p < threshold, and those with p no larger than the k-th smallest p of all.
 * Constant for the gradient.
 *
 * @param logits - [pixels, classes]
 * @param labels - [pixels]
 * @param images - the number of images that the pixels are of
 * @returns [pixels]; whatever for ignored pixels
 */
export function hardPixels(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  images: number,
  { ignore, threshold = 0.7, minKept = 100_000 }: OhemOptions & { readonly ignore: number },
): tf.Tensor1D {
  const k = Math.min(images * minKept, labels.size);
  return withoutGradient(logits, (z) => {
    // -log p, and 0 where a pixel is ignored: less hard than any other
    const losses = uncheckedCrossEntropy(z, labels, { ignore, reduction: "none" });
    const below = tf.greater(losses, -Math.log(threshold));
    if (k === 0) return tf.cast(below, "float32") as tf.Tensor1D;
    const kth = tf.slice(tf.topk(losses, k).values, [k - 1], [1]);
    return tf.cast(tf.logicalOr(below, tf.greaterEqual(losses, kth)), "float32") as tf.Tensor1D;
  });
}
