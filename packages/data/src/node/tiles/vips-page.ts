import type { Pixels, Region } from "@fovea/nn";
import sharp, { type SharpOptions } from "sharp";
import { decodingReason } from "../decode-image.js";
import type { Color } from "../../image.js";
import { ImageFileError } from "../../image-file-error.js";
import type { ReadRegion } from "../../tiles/sparse-page.js";
import type { TiffDirectory } from "../../tiles/tiff-directory.js";
import type { PageReader } from "../../tiles/tiff-page.js";
import { alphaOf, CMYK, colorsOf, JPEG, YCBCR } from "../../tiles/tiff-samples.js";

/** White or black is zero, RGB, palette, CMYK, YCbCr. */
const READ = [0, 1, 2, 3, CMYK, YCBCR];
/** None, CCITT, LZW, JPEG, deflate, PackBits, WebP: what the libvips that comes with sharp decodes in TIFFs. */
const DECODED = [1, 2, 3, 4, 5, 7, 8, 32773, 32946, 50001];

/**
 * Whether libvips takes a page's samples for what the header says. It takes any fourth band for alpha, numbers of other
 * kinds for bytes and YCbCr that is no JPEG for RGB, and finds out at the first read that it lacks a decoder.
 */
export function vipsReads({ samples }: TiffDirectory): boolean {
  const { bits, format, perPixel, photometric, compression, planar } = samples;
  const colors = READ.includes(photometric ?? NaN) && (photometric !== YCBCR || compression === JPEG);
  const beyond = perPixel - colorsOf(samples);
  const numbers = format === 1 && (bits === 8 || bits === 16 || (bits < 8 && perPixel === 1));
  const bands = beyond === 0 || (beyond === 1 && alphaOf(samples) !== null);
  return numbers && bands && colors && DECODED.includes(compression) && !planar;
}

/**
 * libvips keeps a file that it has opened, by path and options, so that further reads need not read its header
 * again. By now another file may lie there, which it is to see from here on.
 */
export const revalidated = (path: string): string => `${path}[revalidate]`;

/**
 * `limitInputPixels` counts pixels of the file, of which next to none are read; without `unlimited` a strip of more
 * than 50 MB is refused, once it is read. A tile that cannot be decoded is but a warning to libvips, after which its
 * pixels are whatever there was; of a strip that is an error, and warnings are of odd headers. CMYK has no colours but
 * by a profile.
 */
const optionsOf = ({ page, subifd, samples, tiled }: TiffDirectory): SharpOptions => ({
  ...(subifd === null ? { page } : { page, tiff: { subifd } }),
  ...{ limitInputPixels: false, unlimited: !tiled },
  ...{ failOn: tiled ? "warning" : "error", ignoreIcc: samples.photometric !== CMYK },
});

/** Small tiles are read several at once, since opening the file costs more than decoding them. */
const LEAST_BLOCK = 256;
/** Pixels of a strip whose rows are rather read where they lie: 200 MB of RGB. */
const MOST_OF_ROWS = 2 ** 26;

/**
 * Reads a page by sharp: by tiles, or all of it if it is in strips.
 *
 * @param maxBytes - of RGB, that may be decoded in full
 * @param only - whether it cannot be read in JavaScript
 * @returns a string where libvips does not read it, or JavaScript does better: why
 * @throws ImageFileError if libvips finds another size than the header says
 */
export async function vipsPage(
  path: string,
  directory: TiffDirectory,
  background: Color,
  maxBytes: number,
  only: boolean,
): Promise<PageReader | string> {
  const { width, height, tiled, samples } = directory;
  if (!tiled && 3 * width * height > maxBytes) return tooLarge(directory, maxBytes);
  if (!tiled && samples.compression === 1 && width * height > MOST_OF_ROWS && !only)
    return "its rows can be read one by one";
  const unopened = await vipsRefusal(path, directory);
  if (unopened !== null) return unopened;
  const sparse = await directory.hasGaps();
  if (sparse && !tiled && !only) return "libvips reads all strips, one after another";
  const side = (tile: number) => tile * Math.ceil(LEAST_BLOCK / tile);
  const blockWidth = tiled ? side(directory.blockWidth) : width;
  const blockHeight = tiled ? side(directory.blockHeight) : height;
  const read: ReadRegion = (region) => decoded(path, directory, region, background);
  return { blockWidth, blockHeight, read, usesFile: sparse };
}

/** Why what is decoded in full does not fit into the cache. */
export const tooLarge = ({ width, height }: { readonly width: number; readonly height: number }, maxBytes: number) =>
  `an image of this format is decoded in full, and its ${width} × ${height} pixels take ${width * height * 3} bytes, more than the ${maxBytes} of the cache; give a larger \`cache\`, or write it once as tiles: \`sharp(path, { limitInputPixels: false, unlimited: true }).tiff({ tile: true, pyramid: true, bigtiff: true, compression: "jpeg" }).toFile("name.tif")\``;

/** Why libvips does not open the page; null if it does. */
async function vipsRefusal(path: string, directory: TiffDirectory): Promise<string | null> {
  const { width, height } = directory;
  const metadata = await sharp(revalidated(path), optionsOf(directory)).metadata().catch(decodingReason);
  if (typeof metadata === "string") return metadata;
  if (metadata.width === width && metadata.height === height) return null;
  const sizes = `both ${width} × ${height} and ${metadata.width} × ${metadata.height}`;
  throw new ImageFileError(path, `its header says ${sizes} pixels`);
}

async function decoded(
  path: string,
  directory: TiffDirectory,
  { left, top, width, height }: Region,
  [r, g, b]: Color,
): Promise<Pixels> {
  const part = sharp(path, optionsOf(directory))
    .extract({ left, top, width, height })
    .flatten({ background: { r, g, b } });
  const reading = part.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  const { data, info } = await reading.catch((error: unknown) => {
    throw new ImageFileError(path, decodingReason(error));
  });
  if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels instead of 3`);
  return { width: info.width, height: info.height, channels: 3, data };
}
