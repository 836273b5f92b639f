import sharp from "sharp";
import type { Pixels } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import type { TiffDirectory } from "./tiff-directories.js";
import { CMYK } from "./tiff-samples.js";

/** What gives the colours of a block in sRGB. */
export type RgbConverter = (pixels: Pixels) => Pixels;

/**
 * The stored numbers whose colours are computed, along each axis of RGB; between them colours are interpolated. They
 * are denser where it is dark, since there a profile of another gamma than sRGB's bends most.
 */
const NODES: readonly number[] = [
  ...[0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 22, 27],
  ...Array.from({ length: 56 }, (_, i) => 32 + 4 * i), // to 252
  255,
];

/** For each stored number the node below it, and how far it is on the way to the next. */
const BELOW = Uint8Array.from({ length: 256 }, (_, value) =>
  Math.min(
    NODES.length - 2,
    NODES.findLastIndex((node) => node <= value),
  ),
);
const SHARE = Float32Array.from(BELOW, (node, value) => (value - NODES[node]!) / (NODES[node + 1]! - NODES[node]!));

/**
 * Converts stored colours to sRGB by the page's colour profile, perceptually; null if it has none. The profile is
 * applied once, to a grid of colours: a profile of tables costs libvips up to half a second each time that it is set
 * up.
 *
 * @throws ImageFileError for a profile that is not of RGB, or is cut short
 */
export async function rgbConverter(path: string, { tag, samples }: TiffDirectory): Promise<RgbConverter | null> {
  const profile = (await tag("ICC Profile")) as Uint8Array | undefined;
  if (!profile || samples.photometric === CMYK) return null; // sharp has converted CMYK by then
  requireRgb(path, profile);
  const grid = await converted(profile);
  return (pixels) => ({ ...pixels, data: interpolated(pixels.data, grid) });
}

/** libvips takes a profile that it cannot read for sRGB's. */
function requireRgb(path: string, profile: Uint8Array): void {
  const text = (from: number) => String.fromCharCode(...profile.subarray(from, from + 4)); // ICC.1:2010, table 17
  const size = profile.slice(0, 4).reduce((sum, byte) => 256 * sum + byte, 0);
  if (profile.length < 132 || size > profile.length || text(36) !== "acsp")
    throw new ImageFileError(path, `its colour profile is damaged or cut short, at ${profile.length} bytes`);
  if (text(16) !== "RGB ")
    throw new ImageFileError(path, `its colour profile is of ${text(16).trim()}, and only those of RGB are converted`);
}

/** The colours of all nodes, red slowest. */
async function converted(profile: Uint8Array): Promise<Uint8Array> {
  const size = NODES.length;
  const nodes = Uint8Array.from({ length: 3 * size ** 3 }, (_, i) => {
    const [node, c] = [Math.floor(i / 3), i % 3];
    return NODES[Math.floor(node / size ** (2 - c)) % size]!;
  });
  const file = tiffOf({ width: size, height: size * size, channels: 3, data: nodes }, profile);
  return sharp(file, { failOn: "warning" }).raw().toBuffer();
}

/** An uncompressed TIFF of one strip with a colour profile: sharp takes profiles from files only. */
function tiffOf({ width, height, data }: Pixels, profile: Uint8Array): Uint8Array {
  const [SHORT, LONG, UNDEFINED] = [3, 4, 7];
  const [strip, bits] = [8, 8 + data.length + (data.length % 2)];
  const icc = bits + 6;
  const directory = icc + profile.length + (profile.length % 2);
  const entries = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, bits],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, strip],
    [277, SHORT, 1, 3],
    [278, LONG, 1, height],
    [279, LONG, 1, data.length],
    [34675, UNDEFINED, profile.length, icc],
  ] as const;
  const file = new Uint8Array(directory + 2 + 12 * entries.length + 4);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42]);
  view.setUint32(4, directory, true);
  file.set(data, strip);
  for (let c = 0; c < 3; c++) view.setUint16(bits + 2 * c, 8, true);
  file.set(profile, icc);
  view.setUint16(directory, entries.length, true);
  entries.forEach(([tag, type, count, value], i) => {
    const at = directory + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true);
  });
  return file;
}

/** Trilinear, between the eight nodes around each colour. */
function interpolated(data: Uint8Array, grid: Uint8Array): Uint8Array {
  const [blue, green, red] = [3, 3 * NODES.length, 3 * NODES.length ** 2];
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    const corner = BELOW[r]! * red + BELOW[g]! * green + BELOW[b]! * blue;
    const [x, y, z] = [SHARE[r]!, SHARE[g]!, SHARE[b]!];
    for (let c = 0; c < 3; c++) {
      const [low, high] = [corner + c, corner + c + red];
      const dark = mix(edge(grid, low, blue, z), edge(grid, low + green, blue, z), y);
      const light = mix(edge(grid, high, blue, z), edge(grid, high + green, blue, z), y);
      out[i + c] = mix(dark, light, x) + 0.5;
    }
  }
  return out;
}

const mix = (from: number, to: number, share: number) => from + (to - from) * share;
const edge = (grid: Uint8Array, at: number, step: number, share: number) => mix(grid[at]!, grid[at + step]!, share);
