import type { Pixels, Rng } from "@fovea/nn";
import { plainPixels, requireColor, sidesOf, type Box, type Color, type Size } from "../image.js";
import { affine, inverseOf, isIdentity } from "../transforms/affine.js";
import { gaussianBlur } from "../transforms/blur.js";
import { flip } from "../transforms/crops.js";
import { crop, resample } from "../transforms/resample.js";
import { between, compose, sometimes, type Transform } from "../transforms/transform.js";
import { requireIgnore, type LabelledImage } from "./label-map.js";
import { cropLabels, flipLabels, resizeLabels, warpLabels } from "./move-labels.js";

/** An image, its label map, and the id of ignored pixels. */
export interface SegmentationSample extends LabelledImage {
  readonly ignore: number;
}

/**
 * An image and its label map to new ones of one size: a pure function of both arguments, which never writes into its
 * input. Where an image is interpolated, a label map takes the nearest id, so that no id is made up. `compose` and
 * `sometimes` work for it, too.
 */
export type JointTransform = (sample: SegmentationSample, rng: Rng) => SegmentationSample;

/** ImageNet's mean colour, which becomes about 0 by `normalization: "imagenet"`. */
const MEAN: Color = [124, 116, 104];

/** A transform that leaves all pixels where they are, such as `colorJitter`: the label map stays. */
export const imageOnly =
  (transform: Transform): JointTransform =>
  (sample, rng) => {
    const image = transform(sample.image, rng);
    if (image.width !== sample.image.width || image.height !== sample.image.height)
      throw new RangeError(
        `imageOnly: expected a transform that keeps the size, since the label map stays, got ${image.width} × ` +
          `${image.height} from ${sample.image.width} × ${sample.image.height}.`,
      );
    return { ...sample, image };
  };

/** Scaled by a factor that is uniform in a range, the same for width and height. Default [0.5, 2]. */
export function jointScale(range: readonly [least: number, most: number] = [0.5, 2]): JointTransform {
  if (!(0 < range[0] && range[0] <= range[1] && range[1] < Infinity))
    throw new RangeError(`jointScale: \`range\` must rise above 0, got ${range.join(" … ")}.`);
  return (sample, rng) => {
    const factor = between(rng, "scale", ...range);
    const side = (length: number) => Math.max(1, Math.round(length * factor));
    return resized(sample, side(sample.image.width), side(sample.image.height));
  };
}

/** To both sides [height, width], stretched; or, given one number, so that the shorter side has that length. */
export function jointResize(size: Size): JointTransform {
  const [h, w] = sidesOf("jointResize", size);
  return (sample) => {
    const { width, height } = sample.image;
    const scale = h / Math.min(width, height);
    return typeof size === "number"
      ? resized(sample, Math.round(width * scale), Math.round(height * scale))
      : resized(sample, w, h);
  };
}

function resized(sample: SegmentationSample, width: number, height: number): SegmentationSample {
  const { image, labels } = sample;
  if (width === image.width && height === image.height) return sample;
  const all = { left: 0, top: 0, width: image.width, height: image.height };
  return { ...sample, image: resample(image, all, width, height), labels: resizeLabels(labels, width, height) };
}

/**
 * Turned about the centre by an angle that is uniform within ± `degrees`; corners get `mean`, and are ignored.
 *
 * @throws RangeError for `degrees` outside 0 … 180; from the transform if the label map cannot hold `ignore`
 */
export function jointRotation(degrees = 10, { mean = MEAN }: { readonly mean?: Color } = {}): JointTransform {
  requireColor("jointRotation", "mean", mean);
  if (!(degrees >= 0 && degrees <= 180))
    throw new RangeError(`jointRotation: \`degrees\` must be in 0 … 180, got ${degrees}.`);
  return (sample, rng) => {
    const turn = { rotate: between(rng, "rotate", -degrees, degrees), scale: 1, shift: [0, 0] } as const;
    if (isIdentity(turn)) return sample;
    requireHeld("jointRotation", sample);
    const labels = warpLabels(sample.labels, inverseOf(turn, sample.labels), sample.ignore);
    return { ...sample, image: affine(sample.image, turn, mean), labels };
  };
}

/** Left and right exchanged in half of the cases. Of no use where classes are sides, such as "left arm". */
export const jointFlip = (probability = 0.5): JointTransform =>
  sometimes<SegmentationSample>(probability, (sample, rng) => ({
    ...sample,
    image: flip(sample.image, rng),
    labels: flipLabels(sample.labels),
  }));

/** Which part of an image is kept. */
export interface JointCropOptions {
  /** Size of the result, in pixels. */
  readonly size: Size;
  /** Where it lies: every place with an equal share, or the middle. Default "random". */
  readonly place?: "random" | "center";
  /**
   * What happens to an image that is smaller. `pad`: it is put in the middle, `mean` and ignored pixels around it.
   * `error`: a RangeError, since it may be a mistake. Default "pad".
   */
  readonly whenSmaller?: "pad" | "error";
  /** Colour around an image that is smaller. Default ImageNet's mean, (124, 116, 104). */
  readonly mean?: Color;
}

/**
 * A part of one size of every image: what makes all batches of one shape.
 *
 * @throws RangeError for a size below 1; from the transform for a smaller image, with `whenSmaller: "error"`, or if the
 *   label map cannot hold `ignore`
 */
export function jointCrop({
  size,
  place = "random",
  whenSmaller = "pad",
  mean = MEAN,
}: JointCropOptions): JointTransform {
  const [height, width] = sidesOf("jointCrop", size);
  requireColor("jointCrop", "mean", mean);
  return (sample, rng) => {
    const { image, labels, ignore } = sample;
    if (whenSmaller === "error" && (image.width < width || image.height < height))
      throw new RangeError(
        `jointCrop: expected an image of at least ${width} × ${height}, got ${image.width} × ${image.height}; pad it by ` +
          '`whenSmaller: "pad"`, or enlarge it before.',
      );
    requireHeld("jointCrop", sample);
    const at = (axis: string) => (place === "random" ? between(rng, axis, 0, 1) : 0.5);
    const box = {
      left: startOf(image.width, width, at("x")),
      top: startOf(image.height, height, at("y")),
      width,
      height,
    };
    return { ...sample, image: cropPadded(image, box, mean), labels: cropLabels(labels, box, ignore) };
  };
}

/** Refuses ignored pixels that the label map cannot hold. */
const requireHeld = (who: string, { labels, ignore }: SegmentationSample): void =>
  requireIgnore(who, ignore, 8 * labels.data.BYTES_PER_ELEMENT);

/** Where a crop begins along a side; before the image if that is smaller. @param share - in [0, 1) */
const startOf = (length: number, wanted: number, share: number): number =>
  length < wanted ? -Math.floor((wanted - length) / 2) : Math.floor(share * (length - wanted + 1));

function cropPadded(image: Pixels, { left, top, width, height }: Box, mean: Color): Pixels {
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  const inside = crop(image, {
    left: x,
    top: y,
    width: Math.min(image.width, left + width) - x,
    height: Math.min(image.height, top + height) - y,
  });
  if (inside.width === width && inside.height === height) return inside;
  const out = plainPixels({ width, height }, mean);
  for (let row = 0; row < inside.height; row++)
    out.data.set(
      inside.data.subarray(row * inside.width * 3, (row + 1) * inside.width * 3),
      ((y - top + row) * width + x - left) * 3,
    );
  return out;
}

/** The ranges of `segmentationAugmentation`. */
export interface SegmentationAugmentationOptions {
  /** Size of the crop, in pixels. */
  readonly crop: Size;
  /** Range of the scale. Default [0.5, 2]. */
  readonly scale?: readonly [least: number, most: number];
  /** Rotation within ± this, in degrees. Default 10. */
  readonly degrees?: number;
  /** Standard deviation of the Gaussian blur of half of the images, in pixels. Default 1.1. */
  readonly blur?: number;
  /** Share of images that are mirrored. Default 0.5. */
  readonly flip?: number;
  /** Colour where no image is. Default ImageNet's mean, (124, 116, 104). */
  readonly mean?: Color;
}

/**
 * The augmentation of PSPNet's and many later papers' training code: random scale, rotation and blur of half of the
 * images, horizontal flip, random crop with padding.
 *
 * Ref: Zhao et al. 2017, arXiv:1612.01105, section 5.1.
 */
export function segmentationAugmentation(options: SegmentationAugmentationOptions): JointTransform {
  const { scale = [0.5, 2], degrees = 10, blur = 1.1, flip: mirrored = 0.5, mean = MEAN } = options;
  return compose<SegmentationSample>(
    jointScale(scale),
    sometimes(0.5, jointRotation(degrees, { mean })),
    sometimes(0.5, imageOnly(gaussianBlur(blur))),
    jointFlip(mirrored),
    jointCrop({ size: options.crop, mean }),
  );
}
