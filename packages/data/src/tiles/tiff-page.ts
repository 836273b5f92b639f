import { ImageFileError } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import { nodataOf, type ReadRegion } from "./sparse-page.js";
import { blockReader, tiffBlocks } from "./tiff-blocks.js";
import { toRgbOf } from "./tiff-colors.js";
import { STRIP_PIXELS } from "./tiff-directories.js";
import type { TiffDirectory } from "./tiff-directory.js";
import type { TiffOptions } from "./tiff-options.js";
import { refusalOf } from "./tiff-refusals.js";
import { copyIntersection } from "./tile-source.js";

/** How a page of a TIFF is read. */
export interface PageReader {
  /** Size of the block that is best read at once. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly read: ReadRegion;
  /** Whether it needs the opened file: to read from, or to see which tiles are left out. Else none are. */
  readonly usesFile: boolean;
}

/**
 * Reads a page in JavaScript: by full tiles, and as many strips as make up about as much.
 *
 * @throws ImageFileError if it is of a kind that is not read
 */
export async function tiffPage(file: ByteFile, directory: TiffDirectory, options: TiffOptions): Promise<PageReader> {
  const refusal = refusalOf(directory, options.range);
  if (refusal) throw new ImageFileError(file.name, refusal);
  const { tiled, blockWidth } = directory;
  const readBlock = await blockReader(file, directory, await nodataOf(directory));
  const toRgb = await toRgbOf(file.name, directory, options);
  const read: ReadRegion = async (region) => {
    const { width, height } = region;
    const data = new Uint8Array(width * height * 3);
    await Promise.all(
      tiffBlocks(directory, region).map(async (block) => {
        const rgb = toRgb(await readBlock(block));
        copyIntersection(region, data, { ...block, width: blockWidth }, rgb);
      }),
    );
    return { width, height, channels: 3, data };
  };
  const strips = tiled ? 1 : Math.ceil(STRIP_PIXELS / (blockWidth * directory.blockHeight));
  const blockHeight = strips * directory.blockHeight;
  return { blockWidth, blockHeight, read, usesFile: true };
}
