import type { Pixels } from "@fovea/nn";
import { sidesOf, type Size } from "../image.js";
import { crop, resample } from "./resample.js";
import { between, sometimes, type Transform } from "./transform.js";

/** To both sides [height, width], stretched; or, given one number, so that the shorter side has that length. */
export function resize(size: Size): Transform {
  const [h, w] = sidesOf("resize", size);
  return (image) => {
    const scale = h / Math.min(image.width, image.height);
    const [height, width] =
      typeof size === "number" ? [Math.round(image.height * scale), Math.round(image.width * scale)] : [h, w];
    if (height === image.height && width === image.width) return image;
    return resample(image, { left: 0, top: 0, width: image.width, height: image.height }, width, height);
  };
}

/** The middle of an image. @throws RangeError from the transform if the image is smaller */
export function centerCrop(size: Size): Transform {
  const sides = sidesOf("centerCrop", size);
  return (image) => cropAt("centerCrop", image, sides, 0.5, 0.5);
}

/** A random part of an image. @throws RangeError from the transform if the image is smaller */
export function randomCrop(size: Size): Transform {
  const sides = sidesOf("randomCrop", size);
  return (image, rng) => cropAt("randomCrop", image, sides, between(rng, "x", 0, 1), between(rng, "y", 0, 1));
}

/** `x` and `y` in [0, 1): where the free space goes, every place having an equal share. */
function cropAt(who: string, image: Pixels, [height, width]: readonly [number, number], x: number, y: number): Pixels {
  const [freeX, freeY] = [image.width - width, image.height - height];
  if (freeX < 0 || freeY < 0)
    throw new RangeError(
      `${who}: expected an image of at least ${width} × ${height}, got ${image.width} × ${image.height}.`,
    );
  return crop(image, { left: Math.floor(x * (freeX + 1)), top: Math.floor(y * (freeY + 1)), width, height });
}

/** The crop that is drawn at random, and the size that it is resized to. */
export interface RandomResizedCropOptions {
  /** Size of the result, in pixels. */
  readonly size: Size;
  /** Range of the area of the crop, as a share of the image's. Default [0.08, 1]. */
  readonly area?: readonly [least: number, most: number];
  /** Range of the width of the crop divided by its height, drawn on a logarithmic scale. Default [3/4, 4/3]. */
  readonly aspect?: readonly [least: number, most: number];
}

/** A random part of random area and shape, at the wanted size (Szegedy et al. 2015, arXiv:1409.4842, section 6). */
export function randomResizedCrop({
  size,
  area = [0.08, 1],
  aspect = [3 / 4, 4 / 3],
}: RandomResizedCropOptions): Transform {
  const [height, width] = sidesOf("randomResizedCrop", size);
  if (!(0 < area[0] && area[0] <= area[1] && area[1] <= 1))
    throw new RangeError(`randomResizedCrop: \`area\` must rise within (0, 1], got ${area.join(" … ")}.`);
  if (!(0 < aspect[0] && aspect[0] <= aspect[1]))
    throw new RangeError(`randomResizedCrop: \`aspect\` must rise above 0, got ${aspect.join(" … ")}.`);
  return (image, rng) => {
    const pixels = between(rng, "area", ...area) * image.width * image.height;
    const ratio = Math.exp(between(rng, "aspect", Math.log(aspect[0]), Math.log(aspect[1])));
    const w = Math.min(image.width, Math.sqrt(pixels * ratio));
    const h = Math.min(image.height, Math.sqrt(pixels / ratio));
    const [left, top] = [between(rng, "x", 0, 1) * (image.width - w), between(rng, "y", 0, 1) * (image.height - h)];
    return resample(image, { left, top, width: w, height: h }, width, height);
  };
}

/** Left and right exchanged. */
export const flip: Transform = ({ data, width, height }) => {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = (y * width + width - 1 - x) * 3;
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
  return { width, height, channels: 3, data: out };
};

/** Left and right exchanged in half of the cases. */
export const horizontalFlip = (probability = 0.5): Transform => sometimes(probability, flip);
