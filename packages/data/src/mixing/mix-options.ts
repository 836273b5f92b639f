import { requireCounts, type Rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** How the images of a batch are mixed. */
export interface MixOptions {
  /** Number of classes. */
  readonly classes: number;
  /** The parameter of Beta(alpha, alpha), which λ is drawn from, above 0; with 0 nothing is mixed. */
  readonly alpha: number;
  /** Draws λ and which images are mixed. In a loss of `fit` it is `ctx.rng`. */
  readonly rng: Rng;
}

/** Mixed images with soft targets. The caller disposes both, if it is not in a `tf.tidy`. */
export type MixedBatch<Images extends tf.Tensor> = {
  /** The mixed images, in the shape of those that were given. */
  images: Images;
  /** The share of each class, [batch, classes], float32: the soft targets of `crossEntropy`. */
  targets: tf.Tensor2D;
};

/** Refuses labels that are no classes, which `oneHot` would make zeros of, and options out of range. */
export function requireMixable(
  who: string,
  images: tf.Tensor,
  labels: tf.Tensor1D,
  { classes, alpha }: Pick<MixOptions, "classes" | "alpha">,
): void {
  requireCounts(who, { classes });
  if (!(alpha >= 0 && alpha < Infinity)) throw new RangeError(`${who}: \`alpha\` must be at least 0, got ${alpha}.`);
  if (images.dtype !== "float32")
    throw new TypeError(`${who}: expected \`images\` to be float32, got ${images.dtype}.`);
  if (labels.dtype !== "int32") throw new TypeError(`${who}: expected \`labels\` to be int32, got ${labels.dtype}.`);
  if (labels.rank !== 1 || images.rank < 2 || images.shape[0] !== labels.shape[0])
    throw new RangeError(
      `${who}: expected \`images\` [batch, …] and \`labels\` [batch], got [${images.shape.join(", ")}] and ` +
        `[${(labels.shape as number[]).join(", ")}].`,
    );
  const wrong = labels.dataSync().find((label) => label < 0 || label >= classes);
  if (wrong !== undefined) throw new RangeError(`${who}: expected labels of 0 … ${classes - 1}, got ${wrong}.`);
}

/** λ of each image's own class and 1 − λ of the class of `order`'s image, [batch, classes]. */
export function mixedTargets(labels: tf.Tensor1D, order: tf.Tensor1D, share: number, classes: number): tf.Tensor2D {
  const hits = classes === 1 ? tf.equal(tf.expandDims(labels, 1), 0) : tf.oneHot(labels, classes); // it refuses one
  const own = tf.cast(hits, "float32");
  return tf.add(tf.mul(own, share), tf.mul(tf.gather(own, order), 1 - share));
}
