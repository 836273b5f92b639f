import sharp, { type SharpOptions } from "sharp";
import { reasonOf } from "../decode-image.js";
import { fillPixels, WHITE, type Color, type Pixels } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import { upright } from "./orientation.js";
import type { PyramidLevel } from "./pyramid-source.js";
import { partsOf, type TiffPart } from "./tiff-blocks.js";
import type { TiffDirectory } from "./tiff-directories.js";
import { emptyColor, type TiffLevelOptions } from "./tiff-level.js";
import type { TiffLevel } from "./tiff-pyramid.js";
import { alphaOf, CMYK, colorsOf, JPEG, YCBCR } from "./tiff-samples.js";
import type { TileRegion } from "./tile-source.js";

/** White or black is zero, RGB, palette, CMYK, YCbCr. */
const READ = [0, 1, 2, 3, CMYK, YCBCR];
/** None, CCITT, LZW, JPEG, deflate, PackBits, WebP: what the libvips that comes with sharp decodes in TIFFs. */
const DECODED = [1, 2, 3, 4, 5, 7, 8, 32773, 32946, 50001];

/**
 * Whether libvips takes a page's samples for what the header says. It takes any fourth band for alpha, numbers of other
 * kinds for bytes and YCbCr that is no JPEG for RGB, and finds out at the first read that it lacks a decoder.
 */
export function vipsReads({ samples }: TiffDirectory): boolean {
  const { bits, format, perPixel, interpretation, compression, planar } = samples;
  const colors = READ.includes(interpretation) && (interpretation !== YCBCR || compression === JPEG);
  const beyond = perPixel - colorsOf(samples);
  const numbers = format === 1 && (bits === 8 || bits === 16 || (bits < 8 && perPixel === 1));
  const bands = beyond === 0 || (beyond === 1 && alphaOf(samples) !== null);
  return numbers && bands && colors && DECODED.includes(compression) && !planar;
}

/**
 * libvips keeps a file that it has opened, by path and options, so that further reads need not look at its header
 * again. By now another file may lie there, which it is to see from here on.
 */
export const anew = (path: string): string => `${path}[revalidate]`;

/**
 * `limitInputPixels` counts pixels of the file, of which next to none are read; without `unlimited` a strip of more
 * than 50 MB is refused, once it is read. A tile that is cut short or cannot be decoded is but a warning to libvips,
 * after which its pixels are whatever there was. CMYK has no colours but by a profile.
 */
const optionsOf = ({ page, subifd, samples, tiled }: TiffDirectory): SharpOptions => ({
  ...(subifd === null ? { page } : { page, tiff: { subifd } }),
  ...{ limitInputPixels: false, unlimited: !tiled },
  ...{ failOn: "warning", ignoreIcc: samples.interpretation !== CMYK },
});

/** @throws Error if libvips does not open the page; ImageFileError if it finds another size */
export async function requireVips(path: string, directory: TiffDirectory): Promise<void> {
  const { width, height } = directory;
  const seen = await sharp(anew(path), optionsOf(directory)).metadata();
  if (seen.width !== width || seen.height !== height)
    throw new ImageFileError(
      path,
      `its header says both ${width} × ${height} and ${seen.width} × ${seen.height} pixels`,
    );
}

/** Which tiles or strips of a page a sparse file leaves out, and what they show. */
export interface MissingTiles {
  has(index: number): boolean;
  readonly color: Color;
}

/** Null if the page has all of its tiles or strips. */
export async function missingOf(directory: TiffDirectory, options: TiffLevelOptions): Promise<MissingTiles | null> {
  const counts = await directory.tag(directory.tiled ? "TileByteCounts" : "StripByteCounts");
  const missing = Uint8Array.from(counts as ArrayLike<number>, (count) => (count === 0 ? 1 : 0));
  if (!missing.includes(1)) return null;
  const noInk = directory.samples.interpretation === CMYK;
  const color = noInk ? WHITE : await emptyColor(directory, directory.samples.perPixel, options);
  return { has: (index) => missing[index] === 1, color: options.missing ?? color };
}

/** Small tiles are read several at once, since opening the file costs more than decoding them. */
const LEAST_BLOCK = 256;

/** A resolution of a TIFF, read by sharp: blocks are tiles, or all of a page in strips. */
export function vipsLevel(
  path: string,
  { directory, step, ...size }: TiffLevel,
  orientation: number,
  background: Color,
  missing: MissingTiles | null,
): PyramidLevel {
  const decode = (region: TileRegion) =>
    decoded(path, directory, region, background).catch((error: unknown) => {
      throw new ImageFileError(path, reasonOf(error, Infinity));
    });
  const read = (region: TileRegion) => {
    const parts = missing ? partsOf(directory, region) : [];
    return parts.some(({ index }) => missing?.has(index)) ? patched(region, parts, missing!, decode) : decode(region);
  };
  const side = (tile: number) => tile * Math.ceil(LEAST_BLOCK / tile);
  const blockWidth = directory.tiled ? side(directory.blockWidth) : size.width;
  const blockHeight = directory.tiled ? side(directory.blockHeight) : size.height;
  return upright({ ...size, blockWidth, blockHeight, ...(step !== null && { step }), read }, orientation);
}

async function decoded(
  path: string,
  directory: TiffDirectory,
  { left, top, width, height }: TileRegion,
  [r, g, b]: Color,
): Promise<Pixels> {
  const part = sharp(path, optionsOf(directory))
    .extract({ left, top, width, height })
    .flatten({ background: { r, g, b } });
  const { data, info } = await part.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels instead of 3`);
  return { width: info.width, height: info.height, channels: 3, data };
}

/** A rectangle some of whose tiles are missing, from the others one by one. */
async function patched(
  region: TileRegion,
  parts: readonly TiffPart[],
  missing: MissingTiles,
  decode: (region: TileRegion) => Promise<Pixels>,
): Promise<Pixels> {
  const { left, top, width, height } = region;
  const data = new Uint8Array(width * height * 3);
  fillPixels(data, missing.color);
  for (const part of parts) {
    if (missing.has(part.index)) continue;
    const [x, y] = [Math.max(left, part.left), Math.max(top, part.top)];
    const inside = {
      ...{ left: x, top: y },
      width: Math.min(left + width, part.left + part.width) - x,
      height: Math.min(top + height, part.top + part.rows) - y,
    };
    const pixels = await decode(inside);
    for (let row = 0; row < inside.height; row++) {
      const line = pixels.data.subarray(row * inside.width * 3, (row + 1) * inside.width * 3);
      data.set(line, ((y + row - top) * width + x - left) * 3);
    }
  }
  return { width, height, channels: 3, data };
}
