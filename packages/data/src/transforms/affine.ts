import type { Pixels } from "@fovea/nn";
import { WHITE, type Color } from "../image.js";
import { between, type Transform } from "./transform.js";

/** An affine transform of an image. */
export interface Affine {
  /** Degrees, clockwise. */
  readonly rotate: number;
  /** Above 1 enlarges. */
  readonly scale: number;
  /** Shares of width and height. */
  readonly shift: readonly [x: number, y: number];
}

/** Where each pixel of the result of an affine transform comes from. */
export interface InverseMap {
  /** Column in the image of column `x`, row `y` of the result: a fraction, outside of the image too. */
  column(x: number, y: number): number;
  /** Row, likewise. */
  row(x: number, y: number): number;
}

/** The inverse of an affine transform of an image of this size. */
export function inverseOf(
  { rotate, scale, shift }: Affine,
  { width, height }: Pick<Pixels, "width" | "height">,
): InverseMap {
  const angle = (rotate * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const [centerX, centerY] = [(width - 1) / 2, (height - 1) / 2];
  const [offsetX, offsetY] = [centerX + shift[0] * width, centerY + shift[1] * height];
  return {
    column: (x, y) => centerX + cos * (x - offsetX) + sin * (y - offsetY),
    row: (x, y) => centerY - sin * (x - offsetX) + cos * (y - offsetY),
  };
}

/**
 * Rotates and scales about the center, then shifts; the size stays. Bilinear: reducing far below half the size aliases.
 * @param background - what shows where the image does not reach. Default white
 */
export function affine(image: Pixels, how: Affine, background: Color = WHITE): Pixels {
  if (isIdentity(how)) return image;
  const { width, height } = image;
  const from = inverseOf(how, image);
  const out = new Uint8Array(image.data.length);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 3) bilinear(image, from.column(x, y), from.row(x, y), background, out, to);
  return { width, height, channels: 3, data: out };
}

export const isIdentity = ({ rotate, scale, shift }: Affine): boolean =>
  rotate === 0 && scale === 1 && shift[0] === 0 && shift[1] === 0;

/** The color between the four pixels around (x, y); pixels outside count as background. */
function bilinear(
  { data, width, height }: Pixels,
  x: number,
  y: number,
  background: Color,
  out: Uint8Array,
  to: number,
): void {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - x0, y - y0];
  const [left, right] = [x0 >= 0 && x0 < width, x0 >= -1 && x0 < width - 1];
  const [top, bottom] = [y0 >= 0 && y0 < height, y0 >= -1 && y0 < height - 1];
  const at = (y0 * width + x0) * 3;
  const below = at + width * 3;
  for (let c = 0; c < 3; c++) {
    const empty = background[c]!;
    const a = left && top ? data[at + c]! : empty;
    const b = right && top ? data[at + 3 + c]! : empty;
    const d = left && bottom ? data[below + c]! : empty;
    const e = right && bottom ? data[below + 3 + c]! : empty;
    const upper = a + (b - a) * fx;
    out[to + c] = upper + (d + (e - d) * fx - upper) * fy + 0.5; // storing truncates, so + 0.5 rounds
  }
}

/** The ranges that a random affine transform is drawn from. */
export interface RandomAffineOptions {
  /** Rotation within ± this, in degrees. Default 0. */
  readonly degrees?: number;
  /** Range of the factor by which the image is scaled. Default [1, 1]. */
  readonly scale?: readonly [least: number, most: number];
  /** Shift within ± this share of the width and the height. Default 0. */
  readonly shift?: number;
  /** Color of pixels from outside the image. Default white. */
  readonly background?: Color;
}

/** A random rotation, scale and shift, all uniform. */
export function randomAffine({
  degrees = 0,
  scale = [1, 1],
  shift = 0,
  background = WHITE,
}: RandomAffineOptions): Transform {
  if (!(0 < scale[0] && scale[0] <= scale[1]))
    throw new RangeError(`randomAffine: \`scale\` must rise above 0, got ${scale.join(" … ")}.`);
  return (image, rng) =>
    affine(
      image,
      {
        rotate: between(rng, "rotate", -degrees, degrees),
        scale: between(rng, "scale", ...scale),
        shift: [between(rng, "x", -shift, shift), between(rng, "y", -shift, shift)],
      },
      background,
    );
}
