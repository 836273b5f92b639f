import { WHITE, type Color } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import type { TiffDirectory } from "./tiff-directory.js";
import type { SampleRange, TiffOptions } from "./tiff-options.js";
import { alphaOf, colorsOf, numbersOf, PALETTE, samplesRead, type TiffSamples } from "./tiff-samples.js";
import type { SampleArray } from "./unpack-samples.js";

/** Pixels, of each the samples that `samplesRead` lists, as 8-bit RGB. */
export type ToRgb = (values: SampleArray) => Uint8Array;

/**
 * How pixels of a page become colours.
 *
 *     x of 8 bits: x           of 16 bits: x >> 8           of b < 8 bits: 255 x / (2^b - 1)
 *     with `range`: 255 (x - black) / (white - black), to the nearest, cut to 0 … 255; NaN is 0
 *
 * @param name - of the file
 * @throws ImageFileError if a palette is missing
 */
export async function toRgbOf(name: string, { samples, tag }: TiffDirectory, options: TiffOptions): Promise<ToRgb> {
  if (samples.photometric !== PALETTE) return colorToRgb(samples, options);
  return paletteToRgb(paletteOf(name, await numbersOf(tag, "ColorMap"), samples.bits), samplesRead(samples).length);
}

function colorToRgb(samples: TiffSamples, { background = WHITE, range }: TiffOptions): ToRgb {
  const [read, colors, alpha] = [samplesRead(samples), colorsOf(samples), alphaOf(samples)];
  const byte = eachOf(samples, byteOf(samples, range));
  const opacity = alpha && eachOf(samples, opacityOf(samples));
  return (values) => {
    const count = values.length / read.length;
    const rgb = new Uint8Array(3 * count);
    for (const c of [0, 1, 2]) byte(values, colors === 1 ? 0 : c, read.length, rgb, c, 3);
    if (!alpha || !opacity) return rgb;
    const opacities = new Uint8Array(count);
    opacity(values, read.indexOf(alpha.sample), read.length, opacities, 0, 1);
    return flattened(rgb, opacities, alpha.premultiplied, background);
  };
}

/** Every `stride`-th of `values`, from one on, into every `step`-th of `out`. */
type Each = (values: SampleArray, from: number, stride: number, out: Uint8Array, to: number, step: number) => void;

/** Applies `f` to samples: by a table, unless there are too many that they may be. */
function eachOf({ bits, format }: TiffSamples, f: (value: number) => number): Each {
  if (format !== 1 || bits > 16)
    return (values, from, stride, out, to, step) => {
      for (let at = from, put = to; at < values.length; at += stride, put += step) out[put] = f(values[at]!);
    };
  const table = new Uint8Array(2 ** bits).map((_, value) => f(value));
  return (values, from, stride, out, to, step) => {
    for (let at = from, put = to; at < values.length; at += stride, put += step) out[put] = table[values[at]!]!;
  };
}

function byteOf({ bits, photometric }: TiffSamples, range: SampleRange | undefined): (value: number) => number {
  const byte = (value: number) => {
    if (!range) return bits === 16 ? value >> 8 : (value * 255) / (2 ** bits - 1);
    // NaN is stored as 0
    return Math.round(Math.min(255, Math.max(0, ((value - range[0]) * 255) / (range[1] - range[0]))));
  };
  return photometric === 0 ? (value) => 255 - byte(value) : byte; // white is zero
}

/** Alpha goes over all that its numbers can say, of floating point from 0 to 1. */
function opacityOf({ bits, format }: TiffSamples): (value: number) => number {
  if (format === 1 && bits === 16) return (value) => value >> 8;
  const most = format === 3 ? 1 : 2 ** (format === 2 ? bits - 1 : bits) - 1;
  return (value) => Math.round(255 * Math.min(1, Math.max(0, value / most)));
}

/** In place: what lies behind transparent pixels is `background`. */
function flattened(rgb: Uint8Array, opacities: Uint8Array, premultiplied: boolean, background: Color): Uint8Array {
  for (let i = 0, put = 0; i < opacities.length; i++) {
    const a = opacities[i]! / 255;
    for (let c = 0; c < 3; c++, put++) {
      const front = premultiplied ? rgb[put]! : rgb[put]! * a;
      rgb[put] = Math.min(255, front + background[c]! * (1 - a) + 0.5);
    }
  }
  return rgb;
}

function paletteToRgb(map: Uint8Array, stride: number): ToRgb {
  return (values) => {
    const rgb = new Uint8Array((3 * values.length) / stride);
    for (let at = 0, put = 0; at < values.length; at += stride) {
      const entry = 3 * values[at]!;
      rgb[put++] = map[entry]!;
      rgb[put++] = map[entry + 1]!;
      rgb[put++] = map[entry + 2]!;
    }
    return rgb;
  };
}

/**
 * Red, green and blue by turns. A map holds 16 bits by the book, and 8 in the files of some writers, as libtiff tells
 * them apart.
 */
function paletteOf(name: string, words: readonly number[], bits: number): Uint8Array {
  const size = 2 ** bits;
  if (words.length < 3 * size) throw new ImageFileError(name, "its palette is missing or cut short");
  const shift = words.every((word) => word < 256) ? 0 : 8;
  return Uint8Array.from({ length: 3 * size }, (_, i) => words[(i % 3) * size + Math.floor(i / 3)]! >> shift);
}

/** Converts YCbCr as JPEG stores it (ITU-T T.871) to RGB, in place: Y, Cb and Cr of each pixel in turn. */
export function fromYCbCr(values: Uint8Array): Uint8Array {
  const out = new Uint8ClampedArray(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < out.length; i += 3) {
    const [y, cb, cr] = [values[i]!, values[i + 1]! - 128, values[i + 2]! - 128];
    out[i] = y + 1.402 * cr;
    out[i + 1] = y - 0.34414 * cb - 0.71414 * cr;
    out[i + 2] = y + 1.772 * cb;
  }
  return values;
}
