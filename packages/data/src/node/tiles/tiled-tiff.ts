import { WHITE, type Color } from "../../image.js";
import { ImageFileError } from "../../image-file-error.js";
import { byteFile, type ByteFile } from "../../tiles/byte-file.js";
import { srgbConverter, srgbPage } from "./color-profile.js";
import type { OpenedFile } from "../../tiles/file-source.js";
import type { TiffDirectory } from "../../tiles/tiff-directory.js";
import { openTiff } from "../../tiles/tiff-file.js";
import { tiffPage, type PageReader } from "../../tiles/tiff-page.js";
import { refusalOf } from "../../tiles/tiff-refusals.js";
import type { TiledImageOptions } from "./tiled-image-options.js";
import { vipsPage, vipsReads } from "./vips-page.js";

/**
 * A TIFF read by sharp where sharp reads it right, and in JavaScript elsewhere.
 *
 * @param maxBytes - of RGB, that may be decoded at once
 */
export async function tiledTiff(path: string, options: TiledImageOptions, maxBytes: number): Promise<OpenedFile> {
  const file = await byteFile(path);
  const { background = WHITE, profile = "ignore" } = options;
  return openTiff(file, options, async (image) => {
    const convert = profile === "convert" ? await srgbConverter(path, image) : null;
    return (directory) => {
      const pageOn = (behind: Color) => pageOf(file, directory, { ...options, background: behind }, maxBytes);
      return convert ? srgbPage(directory, convert, background, pageOn) : pageOn(background);
    };
  });
}

async function pageOf(
  file: ByteFile,
  directory: TiffDirectory,
  options: TiledImageOptions,
  maxBytes: number,
): Promise<PageReader> {
  if (options.range || !vipsReads(directory)) return tiffPage(file, directory, options);
  const only = refusalOf(directory, undefined) !== null; // whether nothing but libvips reads it
  const page = await vipsPage(file.name, directory, options.background ?? WHITE, maxBytes, only);
  if (typeof page !== "string") return page;
  if (only) throw new ImageFileError(file.name, page);
  return tiffPage(file, directory, options);
}
