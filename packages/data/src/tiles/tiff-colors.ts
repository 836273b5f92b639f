import type { Color } from "../image.js";
import type { TiffDirectory } from "./tiff-directories.js";
import type { Numbers } from "./tiff-numbers.js";
import { alphaOf, colorsOf, PALETTE, YCBCR, type TiffSamples } from "./tiff-samples.js";

/** The stored numbers that become 0 and 255. */
export type SampleRange = readonly [black: number, white: number];

/** How samples become 8-bit RGB. */
export interface ColorOptions {
  /** What lies behind transparent pixels. */
  readonly background: Color;
  readonly range?: SampleRange | undefined;
}

/** Writes `count` pixels of `numbers`, from pixel `from` on, into `out` as RGB from pixel `to` on. */
export type Painter = (numbers: Numbers, from: number, count: number, out: Uint8Array, to: number) => void;

/**
 * How pixels of `stride` samples become colours.
 *
 *     x of 8 bits: x           of 16 bits: x >> 8           of b < 8 bits: 255 x / (2^b - 1)
 *     with `range`: 255 (x - black) / (white - black), to the nearest, cut to 0 … 255; NaN is 0
 *
 * @throws Error if a palette is missing
 */
export async function painterOf(directory: TiffDirectory, stride: number, options: ColorOptions): Promise<Painter> {
  const { samples, tag } = directory;
  if (samples.interpretation === PALETTE) return palettePainter(paletteOf(await tag("ColorMap"), samples.bits), stride);
  const ordinary = samples.bits === 8 && samples.format === 1 && !options.range && !alphaOf(samples);
  if (ordinary && stride === 3 && colorsOf(samples) === 3) return copied;
  return colorPainter(samples, stride, options);
}

const copied: Painter = (numbers, from, count, out, to) =>
  out.set((numbers as Uint8Array).subarray(3 * from, 3 * (from + count)), 3 * to);

function colorPainter(samples: TiffSamples, stride: number, { background, range }: ColorOptions): Painter {
  const [colors, alpha, byte] = [colorsOf(samples), alphaOf(samples), byteOf(samples, range)];
  const opacity = opacityOf(samples);
  const color = samples.interpretation === 0 ? (value: number) => 255 - byte(value) : byte; // white is zero
  return (numbers, from, count, out, to) => {
    for (let i = 0, at = from * stride, put = 3 * to; i < count; i++, at += stride)
      for (let c = 0; c < 3; c++, put++) {
        const value = color(numbers[at + (colors === 1 ? 0 : c)]!);
        const a = alpha ? opacity(numbers[at + colors]!) : 1;
        out[put] = Math.min(255, (alpha?.premultiplied ? value : value * a) + background[c]! * (1 - a) + 0.5);
      }
  };
}

function byteOf({ bits }: TiffSamples, range: SampleRange | undefined): (value: number) => number {
  if (range) {
    const [black, width] = [range[0], range[1] - range[0]];
    return (value) => Math.round(Math.min(255, Math.max(0, ((value - black) * 255) / width))); // NaN is stored as 0
  }
  return bits === 16 ? (value) => value >> 8 : (value) => (value * 255) / (2 ** bits - 1);
}

/** Alpha goes over all that its numbers can say, of floating point from 0 to 1. */
function opacityOf({ bits, format }: TiffSamples): (value: number) => number {
  if (format === 3) return (value) => Math.min(1, Math.max(0, value));
  return bits === 16 ? (value) => (value >> 8) / 255 : (value) => value / (2 ** bits - 1);
}

function palettePainter(map: Uint8Array, stride: number): Painter {
  return (numbers, from, count, out, to) => {
    for (let i = 0; i < count; i++) {
      const at = 3 * numbers[(from + i) * stride]!;
      out.set(map.subarray(at, at + 3), 3 * (to + i));
    }
  };
}

/**
 * Red, green and blue by turns. A map holds 16 bits by the book, and 8 in the files of some writers, as libtiff tells
 * them apart.
 */
function paletteOf(map: unknown, bits: number): Uint8Array {
  const words = Array.from((map ?? []) as ArrayLike<number>);
  const size = 2 ** bits;
  if (words.length < 3 * size) throw new Error("its palette is missing or cut short");
  const shift = words.every((word) => word < 256) ? 0 : 8;
  return Uint8Array.from({ length: 3 * size }, (_, i) => words[(i % 3) * size + Math.floor(i / 3)]! >> shift);
}

/** What JPEG stores (ITU-T T.871) as RGB, in place: Y, Cb and Cr of each pixel in turn. */
export function fromYCbCr(numbers: Uint8Array): Uint8Array {
  const out = new Uint8ClampedArray(numbers.buffer, numbers.byteOffset, numbers.length);
  for (let i = 0; i < out.length; i += 3) {
    const [y, cb, cr] = [numbers[i]!, numbers[i + 1]! - 128, numbers[i + 2]! - 128];
    out[i] = y + 1.402 * cr;
    out[i + 1] = y - 0.34414 * cb - 0.71414 * cr;
    out[i + 2] = y + 1.772 * cb;
  }
  return numbers;
}

export const isYCbCr = ({ interpretation }: TiffSamples): boolean => interpretation === YCBCR;
