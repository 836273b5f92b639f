import { ImageFileError, reasonOf } from "../image-file-error.js";
import { byteFile, type ByteInput } from "./byte-file.js";
import { fileSource, type FileSource } from "./file-source.js";
import type { TileOptions } from "./pyramid-source.js";
import { openTiff, type PageReaders } from "./tiff-file.js";
import { requireTiffOptions, type TiffOptions } from "./tiff-options.js";
import { tiffPage } from "./tiff-page.js";

/** How `geotiffSource` reads a TIFF, and how much of it is kept in memory. */
export interface GeotiffOptions extends TileOptions, TiffOptions {
  /** Name of the image in errors. Default: the path or URL, a file's name, or "TIFF". */
  readonly name?: string;
}

/**
 * A TIFF or BigTIFF, tiled or in strips, read in JavaScript alone (geotiff.js): in browsers too, and from a server that
 * answers byte ranges. Coarser resolutions are pages or SubIFDs of the same shape and kind; `levels` and `skipped` of
 * the result say which pages became levels and which were skipped, and why. Close it after use.
 *
 * Grey, palettes, RGB and the YCbCr of JPEG, of 1, 2, 4, 8 and 16 bits, and with `range` of signed and 32-bit whole
 * numbers and floating point; no CMYK. Colour profiles are ignored. JPEG is at most 3 of 255 off what `tiledImage`
 * gives, since two decoders round differently.
 *
 * @throws ImageFileError if `input` is no TIFF, damaged, or of a kind that is not read
 * @throws RangeError if an option is not valid
 */
export async function geotiffSource(input: ByteInput, options: GeotiffOptions = {}): Promise<FileSource> {
  requireTiffOptions("geotiffSource", options);
  const name = options.name ?? (typeof input === "string" ? input : undefined);
  const failed = (of: string) => (error: unknown) => {
    throw new ImageFileError(of, reasonOf(error));
  };
  const file = await byteFile(input, name).catch(failed(name ?? String(input)));
  const reader: PageReaders = async () => (page) => tiffPage(file, page, options);
  const opened = await openTiff(file, options, reader).catch(failed(file.name));
  return fileSource({ ...options, name: file.name }, opened);
}
