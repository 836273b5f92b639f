import type { Pixels, Rng } from "@fovea/nn";
import type { Color } from "../image.js";
import { between, type Transform } from "./transform.js";

/** 3 × 3 matrix, row by row, and an offset: y = M x + t. */
type ColorMap = { readonly matrix: readonly number[]; readonly offset: number };

const LUMA = [0.299, 0.587, 0.114] as const; // ITU-R BT.601, as torchvision and Pillow

/** How far brightness, contrast, saturation and hue may change. */
export interface ColorJitterOptions {
  /** Brightness factor within 1 ± this. Default 0. */
  readonly brightness?: number;
  /** Factor of the distance from the image's mean luminance, within 1 ± this. Default 0. */
  readonly contrast?: number;
  /** Factor of the distance from each pixel's own grey, within 1 ± this. Default 0. */
  readonly saturation?: number;
  /** Rotation of hue within ± this share of the circle, up to 0.5. Default 0. */
  readonly hue?: number;
}

/**
 * Brightness, then contrast, saturation and hue, each by a random amount. All four are affine in RGB, so they are one
 * matrix and one pass; hue turns about the grey axis instead of going through HSV. The result is cut to 0 … 255 once,
 * at the end.
 */
export function colorJitter({ brightness = 0, contrast = 0, saturation = 0, hue = 0 }: ColorJitterOptions): Transform {
  return (image, rng) => {
    const factor = (name: string, range: number) => Math.max(0, 1 + spread(rng, name, range));
    const [b, c, s] = [
      factor("brightness", brightness),
      factor("contrast", contrast),
      factor("saturation", saturation),
    ];
    const angle = 2 * Math.PI * spread(rng, "hue", hue);
    if (b === 1 && c === 1 && s === 1 && angle === 0) return image;
    const matrix = multiply(hueTurn(angle), saturate(s)).map((value) => value * b * c);
    return applyMap(image, { matrix, offset: c === 1 ? 0 : (1 - c) * b * meanLuma(image) });
  };
}

const spread = (rng: Rng, name: string, range: number): number => (range === 0 ? 0 : between(rng, name, -range, range));

/** s · identity + (1 − s) · luminance in every row. */
const saturate = (s: number): number[] =>
  Array.from({ length: 9 }, (_, i) => (1 - s) * LUMA[i % 3]! + (i % 4 === 0 ? s : 0));

/** Rodrigues' rotation about (1, 1, 1) / √3. */
function hueTurn(angle: number): number[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const third = (1 - cos) / 3;
  const side = sin / Math.sqrt(3);
  const [d, p, m] = [cos + third, third + side, third - side];
  return [d, m, p, p, d, m, m, p, d];
}

const multiply = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: 9 }, (_, i) => {
    const [row, column] = [3 * Math.floor(i / 3), i % 3];
    return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  });

function meanLuma({ data }: Pixels): number {
  const sums = [0, 0, 0];
  for (let i = 0; i < data.length; i++) sums[i % 3]! += data[i]!;
  return (3 / data.length) * sums.reduce((sum, value, c) => sum + LUMA[c]! * value, 0);
}

function applyMap({ width, height, data }: Pixels, { matrix: m, offset }: ColorMap): Pixels {
  const out = new Uint8ClampedArray(data.length); // rounds and cuts to 0 … 255
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    out[i] = m[0]! * r + m[1]! * g + m[2]! * b + offset;
    out[i + 1] = m[3]! * r + m[4]! * g + m[5]! * b + offset;
    out[i + 2] = m[6]! * r + m[7]! * g + m[8]! * b + offset;
  }
  return { width, height, channels: 3, data: new Uint8Array(out.buffer) };
}

/** The square that `cutout` covers. */
export interface CutoutOptions {
  /** Height and width of the hole, as a share of the image's height and width. Default 0.5. */
  readonly size?: number;
  /** Color of the hole. Default mid grey, near the mean of ImageNet. */
  readonly color?: Color;
}

/** Covers a square at a random place; it may stick out (DeVries & Taylor 2017, arXiv:1708.04552). */
export function cutout({ size = 0.5, color = [124, 116, 104] }: CutoutOptions = {}): Transform {
  if (!(size >= 0 && size <= 1)) throw new RangeError(`cutout: \`size\` must be in [0, 1], got ${size}.`);
  return (image, rng) => {
    const { width, height } = image;
    const data = image.data.slice();
    const [x0, x1] = hole(between(rng, "x", 0, 1), size, width);
    const [y0, y1] = hole(between(rng, "y", 0, 1), size, height);
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) data.set(color, (y * width + x) * 3);
    return { width, height, channels: 3, data };
  };
}

function hole(center: number, share: number, side: number): [number, number] {
  const length = Math.round(share * side);
  const start = Math.floor(center * side - length / 2);
  return [Math.max(0, start), Math.min(side, start + length)];
}
