import type { GeoTIFFImage } from "geotiff";
import type { Color, Pixels } from "../image.js";
import { guardedDecoders } from "./tiff-decoders.js";
import type { TiffDirectory } from "./tiff-directories.js";
import type { TileRegion } from "./tile-source.js";

/** Photometric interpretations that become RGB here. */
const [WHITE_IS_ZERO, PALETTE, YCBCR] = [0, 3, 6];
/** How many samples of a pixel are colour: white or black is zero, RGB, palette, YCbCr. */
const COLORS: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 6: 3 };
const [ASSOCIATED, UNASSOCIATED] = [1, 2];
const JPEG = 7;

/** What of a TIFF's header says how its samples become colours. */
interface Samples {
  readonly interpretation: number;
  readonly bits: number;
  readonly colors: number;
  /** Whether colours were multiplied by alpha; null without alpha. */
  readonly premultiplied: boolean | null;
}

/**
 * Reads rectangles of a TIFF as 8-bit RGB: grey, palette, RGB and JPEG's YCbCr, of 8 or 16 bits (grey and palettes also of 1, 2
 * and 4), with alpha flattened on `background`.
 *
 * @throws Error for other kinds of samples
 */
export function rgbReader(directory: TiffDirectory, background: Color): (region: TileRegion) => Promise<Pixels> {
  const { image } = directory;
  const kind = samplesOf(image);
  const pool = guardedDecoders(directory);
  return async ({ left, top, width, height }) => {
    const window = [left, top, left + width, top + height];
    if (kind.interpretation === YCBCR) {
      const rgb = await image.readRGB({ window, interleave: true, pool });
      return { width, height, channels: 3, data: new Uint8Array(rgb) };
    }
    const used = kind.colors + (kind.premultiplied === null ? 0 : 1);
    const samples = Array.from({ length: used }, (_, i) => i);
    const values = await image.readRasters({ window, samples, interleave: true, pool });
    const map = kind.interpretation === PALETTE ? await paletteOf(image, kind.bits) : null;
    return { width, height, channels: 3, data: map ? painted(values, map) : flattened(values, kind, background) };
  };
}

function samplesOf(image: GeoTIFFImage): Samples {
  const directory = image.fileDirectory;
  const list = (
    tag: "BitsPerSample" | "SampleFormat" | "ExtraSamples",
    fallback: readonly number[],
  ): readonly number[] => {
    const value: unknown = directory.getValue(tag) ?? fallback;
    return typeof value === "number" ? [value] : Array.from(value as ArrayLike<number>);
  };
  const interpretation = Number(directory.getValue("PhotometricInterpretation"));
  const colors = COLORS[interpretation];
  const bits = list("BitsPerSample", [1]);
  const [depth = 1] = bits;
  const unlike = list("SampleFormat", [1]).some((format) => format !== 1) || bits.some((one) => one !== depth);
  const small = colors === 1 && image.getSamplesPerPixel() === 1 && [1, 2, 4].includes(depth);
  const compression = Number(directory.getValue("Compression") ?? 1);
  if (colors === undefined || (interpretation === YCBCR && (compression !== JPEG || depth !== 8)))
    throw new Error(`colours of kind ${interpretation} in compression ${compression} are not read here`);
  if (unlike || !(depth === 8 || depth === 16 || small) || image.getSamplesPerPixel() < colors)
    throw new Error(`samples of ${bits.join(", ")} bits are not read here, only whole numbers of 8 or 16`);
  const [extra] = image.getSamplesPerPixel() > colors ? list("ExtraSamples", []) : [];
  if (interpretation === PALETTE && (extra === ASSOCIATED || extra === UNASSOCIATED))
    throw new Error("a palette with alpha is not read here");
  const premultiplied = extra === ASSOCIATED ? true : extra === UNASSOCIATED ? false : null;
  return { interpretation, bits: depth, colors, premultiplied };
}

async function paletteOf(image: GeoTIFFImage, bits: number): Promise<Uint8Array> {
  const map: unknown = await image.fileDirectory.loadValue("ColorMap");
  const words = Array.from((map ?? []) as ArrayLike<number>);
  if (words.length < 3 * 2 ** bits) throw new Error("its palette is missing or cut short");
  const size = 2 ** bits;
  return Uint8Array.from({ length: 3 * size }, (_, i) => words[(i % 3) * size + Math.floor(i / 3)]! >> 8);
}

function painted(values: ArrayLike<number>, map: Uint8Array): Uint8Array {
  const out = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) out.set(map.subarray(values[i]! * 3, values[i]! * 3 + 3), i * 3);
  return out;
}

function flattened(values: ArrayLike<number>, kind: Samples, background: Color): Uint8Array {
  const { interpretation, bits, colors, premultiplied } = kind;
  const byte = bits === 16 ? (value: number) => value >> 8 : (value: number) => (value * 255) / (2 ** bits - 1);
  const color = interpretation === WHITE_IS_ZERO ? (value: number) => 255 - byte(value) : byte;
  const stride = colors + (premultiplied === null ? 0 : 1);
  const out = new Uint8Array((values.length / stride) * 3);
  for (let i = 0, to = 0; i < values.length; i += stride)
    for (let c = 0; c < 3; c++, to++) {
      const value = color(values[i + (colors === 1 ? 0 : c)]!);
      const alpha = premultiplied === null ? 1 : byte(values[i + colors]!) / 255;
      const front = premultiplied ? value : value * alpha;
      out[to] = Math.min(255, front + background[c]! * (1 - alpha) + 0.5);
    }
  return out;
}
