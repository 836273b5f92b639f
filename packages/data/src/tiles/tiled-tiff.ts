import { ImageFileError } from "../image-file-error.js";
import { byteFile, type ByteFile } from "./byte-file.js";
import { rgbConverter } from "./color-profile.js";
import type { OpenedFile } from "./file-source.js";
import type { PyramidLevel } from "./pyramid-source.js";
import { openTiff, readable } from "./tiff-file.js";
import { tiffLevel, type TiffLevelOptions } from "./tiff-level.js";
import { isRaw } from "./tiff-blocks.js";
import type { TiffLevel } from "./tiff-pyramid.js";
import { refusalOf } from "./tiff-refusals.js";
import { missingOf, requireVips, vipsLevel, vipsReads } from "./vips-level.js";

/** How `tiledImage` reads files, with its defaults. */
export interface FileReading extends TiffLevelOptions {
  readonly page?: number | undefined;
  readonly profile: "ignore" | "convert";
  /** What an image may take that is decoded as a whole. */
  readonly maxBytes: number;
}

/** A TIFF read by sharp where sharp reads it right, and in JavaScript elsewhere. */
export async function tiledTiff(path: string, reading: FileReading): Promise<OpenedFile> {
  const file = await byteFile(path);
  const opening = { file, path, reading, keep: false };
  const close = () => file.close();
  try {
    const pyramid = await openTiff(file, reading.page);
    const { directory } = pyramid.levels[0];
    const convert = reading.profile === "convert" ? await rgbConverter(path, directory) : null;
    const found = await readable(pyramid, async (level) => {
      const made = await levelOf(opening, level, directory.orientation);
      return convert ? { ...made, read: async (block) => convert(await made.read(block)) } : made;
    });
    if (opening.keep) return { ...found, close };
    await close();
    return found;
  } catch (error) {
    await close();
    throw error;
  }
}

interface Opening {
  readonly file: ByteFile;
  readonly path: string;
  readonly reading: FileReading;
  /** Whether a level reads from `file`. */
  keep: boolean;
}

async function levelOf(opening: Opening, level: TiffLevel, orientation: number): Promise<PyramidLevel> {
  const { file, path, reading } = opening;
  const { directory } = level;
  const inJavaScript = async () => {
    const made = await tiffLevel(file, level, orientation, reading);
    opening.keep = true;
    return made;
  };
  if (reading.range || !vipsReads(directory)) return inJavaScript();
  const only = refusalOf(directory, undefined) !== null; // whether nothing but libvips reads it
  if (isRaw(directory) && !only) return inJavaScript();
  if (!directory.tiled && level.width * level.height * 3 > reading.maxBytes) {
    if (only) throw tooLarge(path, level, reading.maxBytes);
    return inJavaScript();
  }
  try {
    await requireVips(path, directory);
  } catch (error) {
    if (only || error instanceof ImageFileError) throw error;
    return inJavaScript();
  }
  const missing = await missingOf(directory, reading);
  if (missing && !directory.tiled) return inJavaScript(); // libvips reads all strips, one after another
  return vipsLevel(path, level, orientation, reading.background, missing);
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
