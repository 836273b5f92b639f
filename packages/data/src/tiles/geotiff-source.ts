import { WHITE, type Color } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import { byteFile, type ByteFile, type ByteInput } from "./byte-file.js";
import { upright } from "./orientation.js";
import { pyramidSource, type PyramidLevel, type TileOptions } from "./pyramid-source.js";
import { rgbReader } from "./tiff-colors.js";
import { openTiff, type TiffDirectory } from "./tiff-directories.js";
import type { TileSource } from "./tile-source.js";

/** How `geotiffSource` reads. */
export interface GeotiffOptions extends TileOptions {
  /** What to call the picture in errors. Default: the path or URL, a file's name, or "TIFF". */
  readonly name?: string;
  /** What lies behind transparent pixels. Default white. */
  readonly background?: Color;
}

/**
 * A TIFF or BigTIFF, tiled or in strips, read in JavaScript alone (geotiff.js): in browsers too, and from a server that answers
 * byte ranges. Coarser resolutions are pages or SubIFDs of the same shape. Close it after use.
 *
 * 8 and 16 bits, grey, palette, RGB and JPEG; no colour profiles, CMYK or floating point. Chroma that a JPEG stores at half
 * resolution is repeated rather than interpolated, so that hard edges of colour differ from what `tiledImage` gives.
 *
 * @throws ImageFileError if `input` is no TIFF, damaged, or of samples that are not read
 */
export async function geotiffSource(input: ByteInput, options: GeotiffOptions = {}): Promise<TileSource> {
  const name = options.name ?? (typeof input === "string" ? input : undefined);
  const file = await byteFile(input, name).catch((error: unknown) => {
    throw new ImageFileError(name ?? String(input), reasonOf(error));
  });
  try {
    const { directories } = await openTiff(file);
    const [full, ...coarser] = directories;
    const level = (directory: TiffDirectory) => levelOf(directory, full.orientation, options.background ?? WHITE);
    const levels = [level(full), ...coarser.map(level)] as const;
    return pyramidSource({ ...options, name: file.name, levels, close: () => file.close() });
  } catch (error) {
    throw await closing(file, error);
  }
}

async function closing(file: ByteFile, error: unknown): Promise<Error> {
  await file.close();
  return error instanceof RangeError ? error : new ImageFileError(file.name, reasonOf(error));
}

const reasonOf = (error: unknown): string => {
  if (error instanceof ImageFileError) return error.reason;
  const message = error instanceof Error ? error.message : String(error);
  return /ENOENT/.test(message) ? "there is no such file" : message;
};

/** Blocks are whole tiles, and as many strips as make up about as much. */
function levelOf(directory: TiffDirectory, orientation: number, background: Color): PyramidLevel {
  const { width, height, tiled, blockWidth } = directory;
  const rows = Math.ceil(STRIP_PIXELS / (width * directory.blockHeight));
  const blockHeight = tiled ? directory.blockHeight : directory.blockHeight * Math.max(1, rows);
  return upright({ width, height, blockWidth, blockHeight, read: rgbReader(directory, background) }, orientation);
}

const STRIP_PIXELS = 2 ** 16;
