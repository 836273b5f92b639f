import { WHITE, type Color } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import { byteFile, type ByteFile } from "./byte-file.js";
import { srgbConverter, srgbPage } from "./color-profile.js";
import type { OpenedFile } from "./file-source.js";
import { isRaw, type TiffDirectory } from "./tiff-directories.js";
import { openTiff } from "./tiff-file.js";
import { tiffPage, type PageReader } from "./tiff-page.js";
import { refusalOf } from "./tiff-refusals.js";
import type { TiledImageOptions } from "./tiled-image.js";
import { vipsPage, vipsReads, vipsRefusal } from "./vips-page.js";

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
  const inJavaScript = () => tiffPage(file, directory, options);
  if (options.range || !vipsReads(directory)) return inJavaScript();
  const only = refusalOf(directory, undefined) !== null; // whether nothing but libvips reads it
  if (isRaw(directory) && !only) return inJavaScript();
  if (!directory.tiled && directory.width * directory.height * 3 > maxBytes) {
    if (only) throw tooLarge(file.name, directory, maxBytes);
    return inJavaScript();
  }
  const refusal = await vipsRefusal(file.name, directory);
  if (refusal !== null && only) throw new ImageFileError(file.name, refusal);
  if (refusal !== null) return inJavaScript();
  const page = await vipsPage(file.name, directory, options.background ?? WHITE);
  return page.sparse && !directory.tiled && !only ? inJavaScript() : page; // libvips reads all strips, one after another
}

/** What is decoded as a whole has to fit into the cache. */
export const tooLarge = (
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  maxBytes: number,
): ImageFileError =>
  new ImageFileError(
    path,
    `a picture of this format is decoded as a whole, and its ${width} × ${height} pixels take ${width * height * 3} bytes, more than the ${maxBytes} of the cache; give a larger \`cache\`, or write it once as tiles: \`sharp(path, { limitInputPixels: false, unlimited: true }).tiff({ tile: true, pyramid: true, bigtiff: true, compression: "jpeg" }).toFile("name.tif")\``,
  );
