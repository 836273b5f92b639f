import { open } from "node:fs/promises";
import sharp from "sharp";
import { byteCache } from "../../byte-cache.js";
import { decodeImage, decodingReason } from "../decode-image.js";
import { requireProfile, WHITE } from "../../image.js";
import { ImageFileError } from "../../image-file-error.js";
import { deepZoomLevels } from "./deep-zoom.js";
import { fileSource, type FileSource, type OpenedFile } from "../../tiles/file-source.js";
import { DEFAULT_CACHE_BYTES, type PyramidLevel } from "../../tiles/pyramid-source.js";
import { requireTiffOptions } from "../../tiles/tiff-options.js";
import type { TiledImageOptions } from "./tiled-image-options.js";
import { tiledTiff } from "./tiled-tiff.js";
import { revalidated, tooLarge } from "./vips-page.js";

/**
 * An image file of any size, read by sharp. The file must stay as it is until `close`.
 *
 * | file | what is decoded |
 * | --- | --- |
 * | tiled TIFF or BigTIFF; coarser resolutions are pages or SubIFDs of the same shape | the tiles of the read |
 * | TIFF in strips | all of it, once, if it fits into the cache; if not, strips, of uncompressed ones only rows |
 * | Deep Zoom, `name.dzi` beside `name_files` | the tiles of the read |
 * | any other image | all of it, once, if it fits into the cache; an error if not |
 *
 * Grey, palette, CMYK and 16-bit files become 8-bit RGB, transparency is flattened on `background` and the EXIF
 * orientation is applied. TIFFs of kinds that sharp misreads or lacks (floating point, bands that are not alpha,
 * Zstandard, planes, tiles far larger than their level) are read in JavaScript, as `geotiffSource` does, and slower.
 * `levels` and `skipped` of the result say which pages became levels and which were skipped, and why. Close it after
 * use.
 *
 * @throws ImageFileError if there is no such file, or it is no image, damaged, of a kind that is not read, or can only
 *   be decoded in full and is larger than the cache
 * @throws RangeError if an option is not valid
 */
export async function tiledImage(path: string, options: TiledImageOptions = {}): Promise<FileSource> {
  requireTiffOptions("tiledImage", options);
  requireProfile("tiledImage", options.profile);
  const { cache = byteCache(DEFAULT_CACHE_BYTES) } = options;
  const opened = await openedFile(path, options, cache.maxBytes).catch((error: unknown) => {
    throw new ImageFileError(path, decodingReason(error));
  });
  return fileSource({ ...options, cache, name: path }, opened);
}

async function openedFile(path: string, options: TiledImageOptions, maxBytes: number): Promise<OpenedFile> {
  const isDeepZoom = /\.dzi$/i.test(path);
  if (!isDeepZoom && (await isTiff(path))) return tiledTiff(path, options, maxBytes);
  for (const option of ["range", "page"] as const)
    if (options[option] !== undefined)
      throw new ImageFileError(path, `\`${option}\` is of TIFFs only, and this is none`);
  const levels = isDeepZoom ? await deepZoomLevels(path, options) : await wholeImage(path, options, maxBytes);
  return { levels, skipped: [] };
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

/** An image that cannot be read in parts: one level of one block. */
async function wholeImage(path: string, options: TiledImageOptions, maxBytes: number): Promise<[PyramidLevel]> {
  const { background = WHITE, profile = "ignore" } = options;
  const { width, height } = (await sharp(revalidated(path), { limitInputPixels: false }).metadata()).autoOrient;
  if (width * height * 3 > maxBytes) throw new ImageFileError(path, tooLarge({ width, height }, maxBytes));
  const read = () => decodeImage(path, { background, profile, limitInputPixels: width * height });
  return [{ width, height, blockWidth: width, blockHeight: height, read }];
}
