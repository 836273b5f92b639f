import { fillPixels, type Color, type Pixels } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import { upright } from "./orientation.js";
import type { PyramidLevel } from "./pyramid-source.js";
import { blockReader, isRaw, partsOf } from "./tiff-blocks.js";
import { painterOf, type ColorOptions } from "./tiff-colors.js";
import type { TiffDirectory } from "./tiff-directories.js";
import type { TiffLevel } from "./tiff-pyramid.js";
import { refusalOf } from "./tiff-refusals.js";
import type { TileRegion } from "./tile-source.js";

/** How pages are read without sharp. */
export interface TiffLevelOptions extends ColorOptions {
  /** What a tile shows that a sparse file leaves out. */
  readonly missing?: Color | undefined;
}

/** Pixels of a block that is made up of strips. */
const STRIP_PIXELS = 2 ** 16;

/**
 * A resolution of a TIFF, read in JavaScript: blocks are whole tiles, and as many strips as make up about as much.
 *
 * @throws Error if it is of a kind that is not read
 */
export async function tiffLevel(
  file: ByteFile,
  { directory, step, ...size }: TiffLevel,
  orientation: number,
  options: TiffLevelOptions,
): Promise<PyramidLevel> {
  const { tiled, blockWidth } = directory;
  const unit = isRaw(directory) ? 1 : directory.blockHeight;
  const blockHeight = tiled ? unit : unit * Math.ceil(STRIP_PIXELS / (directory.width * unit));
  const read = await regionReader(file, directory, options);
  return upright({ ...size, blockWidth, blockHeight, ...(step !== null && { step }), read }, orientation);
}

/**
 * Reads rectangles of a page as 8-bit RGB.
 *
 * @throws Error if it is of a kind that is not read
 */
export async function regionReader(
  file: ByteFile,
  directory: TiffDirectory,
  options: TiffLevelOptions,
): Promise<(region: TileRegion) => Promise<Pixels>> {
  const refusal = refusalOf(directory, options.range);
  if (refusal) throw new ImageFileError(file.name, refusal);
  const blocks = await blockReader(file, directory, await emptyOf(directory));
  const paint = await painterOf(directory, blocks.stride, options);
  const fill = options.missing ?? (await emptyColor(directory, blocks.stride, options));
  return async (region) => {
    const { left, top, width, height } = region;
    const data = new Uint8Array(width * height * 3);
    await Promise.all(
      partsOf(directory, region).map(async (part) => {
        const numbers = await blocks.read(part);
        const [first, end] = [Math.max(left, part.left), Math.min(left + width, part.left + part.width)];
        const [from, to] = [Math.max(top, part.top), Math.min(top + height, part.top + part.rows)];
        const needed = (to - part.top) * part.width * blocks.stride;
        if (numbers && numbers.length < needed)
          throw new Error(`its data end after ${numbers.length} of ${needed} samples: the file is damaged`);
        for (let y = from; y < to; y++) {
          const at = (y - top) * width + first - left;
          if (!numbers) fillPixels(data, fill, at, end - first);
          else paint(numbers, (y - part.top) * part.width + first - part.left, end - first, data, at);
        }
      }),
    );
    return { width, height, channels: 3, data };
  };
}

/**
 * What a tile shows that a sparse file leaves out, if nothing else is wanted: its samples are all the one that stands
 * for none.
 */
export async function emptyColor(directory: TiffDirectory, stride: number, options: ColorOptions): Promise<Color> {
  const pixel = new Float64Array(stride).fill(await emptyOf(directory));
  const rgb = new Uint8Array(3);
  (await painterOf(directory, stride, options))(pixel, 0, 1, rgb, 0);
  return [rgb[0]!, rgb[1]!, rgb[2]!];
}

/** The sample that stands for none: what GDAL_NODATA says if a sample can be that, else 0. */
async function emptyOf({ samples, tag }: TiffDirectory): Promise<number> {
  const { bits, format } = samples;
  const nodata = await tag("GDAL_NODATA");
  const value = typeof nodata === "string" ? Number(nodata.replace(/\0.*$/s, "").trim()) : 0;
  if (format === 3) return value;
  const [least, most] = format === 2 ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  return Number.isInteger(value) && value >= least && value <= most ? value : 0;
}
