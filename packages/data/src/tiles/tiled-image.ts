import { open } from "node:fs/promises";
import sharp, { type SharpOptions } from "sharp";
import { byteCache } from "../byte-cache.js";
import { decodeImage, reasonOf } from "../decode-image.js";
import { WHITE, type Color, type Pixels } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import { byteFile } from "./byte-file.js";
import { deepZoomLevels } from "./deep-zoom.js";
import { upright } from "./orientation.js";
import { DEFAULT_CACHE_BYTES, pyramidSource, type PyramidLevel, type TileOptions } from "./pyramid-source.js";
import { openTiff, type TiffDirectory } from "./tiff-directories.js";
import type { TileRegion, TileSource } from "./tile-source.js";

/** How `tiledImage` reads. */
export interface TiledImageOptions extends TileOptions {
  /** What lies behind transparent pixels. Default white. */
  readonly background?: Color;
}

/**
 * A picture file of any size, read by sharp. The file must stay as it is until `close`.
 *
 * | file | what is decoded |
 * | --- | --- |
 * | tiled TIFF or BigTIFF; coarser resolutions are pages or SubIFDs of the same shape | the tiles of the read |
 * | Deep Zoom, `name.dzi` beside `name_files` | the tiles of the read |
 * | any other picture, a TIFF in strips among them | all of it, once, if it fits into the cache; an error if not |
 *
 * Grey, palette, CMYK and 16-bit files become 8-bit sRGB, transparency is flattened on `background` and the EXIF orientation is
 * applied, as `decodeImage` does.
 *
 * @throws ImageFileError if there is no such file, or it is no picture, damaged, or too large for what it is
 */
export async function tiledImage(path: string, options: TiledImageOptions = {}): Promise<TileSource> {
  const { background = WHITE, cache = byteCache(DEFAULT_CACHE_BYTES) } = options;
  const levels = await levelsOf(path, background, cache.maxBytes).catch((error: unknown) => {
    throw new ImageFileError(path, reasonOf(error, Infinity));
  });
  return pyramidSource({ ...options, cache, name: path, levels });
}

type Levels = readonly [PyramidLevel, ...PyramidLevel[]];

async function levelsOf(path: string, background: Color, maxBytes: number): Promise<Levels> {
  if (/\.dzi$/i.test(path)) return deepZoomLevels(path, background);
  const tiles = (await isTiff(path)) ? await tiffLevels(path, background) : null;
  return tiles ?? [await wholePicture(path, background, maxBytes)];
}

async function isTiff(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 0) throw new ImageFileError(path, "the file is empty");
    return /^(II[*+]\0|MM\0[*+])/.test(buffer.toString("latin1"));
  } finally {
    await file.close();
  }
}

/** Null for a TIFF in strips. */
async function tiffLevels(path: string, background: Color): Promise<Levels | null> {
  const file = await byteFile(path);
  try {
    const { directories } = await openTiff(file);
    const [full, ...coarser] = directories;
    if (!full.tiled) return null;
    await Promise.all(directories.map((directory) => checkReadable(path, directory)));
    const level = (directory: TiffDirectory) => levelOf(path, directory, full.orientation, background);
    return [level(full), ...coarser.map(level)];
  } finally {
    await file.close();
  }
}

/**
 * `limitInputPixels` counts pixels of the file, of which next to none are read. A tile that is cut short or cannot be decoded is but
 * a warning to libvips, after which its pixels are whatever there was.
 */
const optionsOf = ({ page, subifd }: TiffDirectory): SharpOptions => ({
  ...(subifd === null ? { page } : { page, tiff: { subifd } }),
  ...{ limitInputPixels: false, failOn: "warning" },
});

/**
 * libvips keeps a file that it has opened, by path and options, so that further reads need not look at its header again. By now
 * another file may lie there, which it is to see from here on.
 */
const anew = (path: string): string => `${path}[revalidate]`;

/** libvips refuses some compressions and kinds of samples that a TIFF may have: better now than at the first read. */
async function checkReadable(path: string, directory: TiffDirectory): Promise<void> {
  const { width, height } = directory;
  const seen = await sharp(anew(path), optionsOf(directory)).metadata();
  if (seen.width !== width || seen.height !== height)
    throw new ImageFileError(
      path,
      `its header says both ${width} × ${height} and ${seen.width} × ${seen.height} pixels`,
    );
}

/** Small tiles are read several at once, since opening the file costs more than decoding them. */
const LEAST_BLOCK = 256;

function levelOf(path: string, directory: TiffDirectory, orientation: number, background: Color): PyramidLevel {
  const { width, height } = directory;
  const [r, g, b] = background;
  const decode = async ({ left, top, width, height }: TileRegion): Promise<Pixels> => {
    const part = sharp(path, optionsOf(directory))
      .extract({ left, top, width, height })
      .flatten({ background: { r, g, b } });
    const { data, info } = await part.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels instead of 3`);
    return { width: info.width, height: info.height, channels: 3, data };
  };
  const read = (region: TileRegion) =>
    decode(region).catch((error: unknown) => {
      throw new ImageFileError(path, reasonOf(error, Infinity));
    });
  const side = (tile: number) => tile * Math.ceil(LEAST_BLOCK / tile);
  const [blockWidth, blockHeight] = [side(directory.blockWidth), side(directory.blockHeight)];
  return upright({ width, height, blockWidth, blockHeight, read }, orientation);
}

/** What cannot be read in parts is one block. */
async function wholePicture(path: string, background: Color, maxBytes: number): Promise<PyramidLevel> {
  const { width, height } = (await sharp(anew(path), { limitInputPixels: false }).metadata()).autoOrient;
  if (width * height * 3 > maxBytes)
    throw new ImageFileError(
      path,
      `a picture of this format is decoded as a whole, and its ${width} × ${height} pixels take ${width * height * 3} bytes, more than the ${maxBytes} of the cache; give a larger \`cache\`, or write it once as tiles: \`sharp(path, { limitInputPixels: false }).tiff({ tile: true, pyramid: true, bigtiff: true, compression: "jpeg" }).toFile("name.tif")\``,
    );
  const read = () => decodeImage(path, { background, limitInputPixels: width * height });
  return { width, height, blockWidth: width, blockHeight: height, read };
}
