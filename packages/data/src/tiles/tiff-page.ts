import { ImageFileError } from "../image-file-error.js";
import { plainPixels } from "../image.js";
import type { ByteFile } from "./byte-file.js";
import { nodataOf, type ReadRegion } from "./sparse-page.js";
import { blockReader, tiffBlocks } from "./tiff-blocks.js";
import { toRgbOf } from "./tiff-colors.js";
import { isRaw, type TiffDirectory } from "./tiff-directories.js";
import type { TiffOptions } from "./tiff-file.js";
import { refusalOf } from "./tiff-refusals.js";
import { copyShared } from "./tile-source.js";

/** How a page of a TIFF is read. */
export interface PageReader {
  /** What is best read at once. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly read: ReadRegion;
  /** Whether it reads from the opened file. */
  readonly usesFile: boolean;
  /** Whether tiles or strips may be left out. */
  readonly sparse: boolean;
}

/** Pixels of a block that is made up of strips. */
const STRIP_PIXELS = 2 ** 16;

/**
 * Reads a page in JavaScript: by whole tiles, and as many strips as make up about as much.
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
    const pixels = plainPixels(region, [0, 0, 0]);
    await Promise.all(
      tiffBlocks(directory, region).map(async (block) => {
        const rgb = toRgb(await readBlock(block));
        copyShared(region, pixels.data, { ...block, width: blockWidth }, rgb);
      }),
    );
    return pixels;
  };
  const unit = isRaw(directory) ? 1 : directory.blockHeight;
  const blockHeight = tiled ? unit : unit * Math.ceil(STRIP_PIXELS / (directory.width * unit));
  return { blockWidth, blockHeight, read, usesFile: true, sparse: true };
}
