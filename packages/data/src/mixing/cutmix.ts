import type { Rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { betaSample } from "./beta-sample.js";
import { mixedTargets, requireMixable, type MixedBatch, type MixOptions } from "./mix-options.js";

/**
 * Replaces a random box of each image by that of another image of its batch, and mixes their classes by area:
 *
 *     image_b  = image_π(b) inside the box, image_b outside
 *     target_b = (1 − a) onehot(y_b) + a onehot(y_π(b))       a: the box's share of the area, π: a random order
 *
 * With λ ~ Beta(alpha, alpha) the box has the sides height·√(1 − λ) and width·√(1 − λ), rounded down, about a centre
 * that is uniform over the pixels. What lies outside the image is cut off, and a is the share of what remains. One box
 * and one π for the batch, and for all views, as in the authors' code. The paper takes alpha 1.
 *
 *     const mixed = cutmix(images, labels, { classes: 200, alpha: 1, rng: ctx.rng.split("cutmix") });
 *     const loss = crossEntropy(network.forward(mixed.images, ctx), mixed.targets);
 *
 * For training only. A collection's views are mixed each with the other's view of that position, so none may be masked.
 *
 * Ref: Yun et al. 2019, "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features",
 * arXiv:1905.04899, section 3.
 *
 * @param images - float32, [batch, ...rest, height, width, channels]: images or views
 * @param labels - int32 in 0 … classes − 1, [batch]
 * @throws TypeError for another dtype; RangeError for other shapes, a label that is no class, or an option out of range
 */
export function cutmix<Images extends tf.Tensor>(
  images: Images,
  labels: tf.Tensor1D,
  options: MixOptions,
): MixedBatch<Images> {
  requireMixable("cutmix", images, labels, options);
  if (images.rank < 4)
    throw new RangeError(
      `cutmix: expected \`images\` [batch, …, height, width, channels], got [${images.shape.join(", ")}].`,
    );
  const { classes, alpha, rng } = options;
  const [height, width] = images.shape.slice(-3) as [number, number, number];
  const box = randomBox(rng.split("box"), height, width, alpha === 0 ? 1 : betaSample(rng.split("share"), alpha));
  const area = ((box.bottom - box.top) * (box.right - box.left)) / (height * width);
  return tf.tidy(() => {
    const order = tf.tensor1d(Int32Array.from(rng.split("order").permutation(labels.size)), "int32");
    const inside = tf.reshape(insideOf(box, height, width), [
      ...images.shape.slice(0, -3).map(() => 1),
      height,
      width,
      1,
    ]);
    const mixed = tf.where(inside, tf.gather(images, order), images) as Images;
    return { images: mixed, targets: mixedTargets(labels, order, 1 - area, classes) };
  });
}

/** A part of an image in whole pixels, without the row `bottom` and the column `right`. */
interface PixelBox {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** A box of the share 1 − `share` of the area, about a random pixel; less where it reaches beyond the image. */
export function randomBox(random: Rng, height: number, width: number, share: number): PixelBox {
  const [top, bottom] = span(random.split("row").integer(height), height, share);
  const [left, right] = span(random.split("column").integer(width), width, share);
  return { top, bottom, left, right };
}

function span(center: number, side: number, share: number): readonly [from: number, to: number] {
  const cut = Math.floor(side * Math.sqrt(1 - share));
  const from = center - Math.floor(cut / 2);
  return [Math.max(0, from), Math.min(side, from + cut)];
}

const insideOf = ({ top, bottom, left, right }: PixelBox, height: number, width: number): tf.Tensor =>
  tf.tensor(
    Uint8Array.from({ length: height * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return row >= top && row < bottom && column >= left && column < right ? 1 : 0;
    }),
    [height, width],
    "bool",
  );
