import type { Color } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import type { OpenedFile } from "./file-source.js";
import type { PyramidLevel } from "./pyramid-source.js";
import { isRaw } from "./tiff-blocks.js";
import type { SampleRange } from "./tiff-colors.js";
import { damaged, tiffPages, type TiffDirectory } from "./tiff-directories.js";
import { bytesOfRow } from "./tiff-numbers.js";
import { imageOf, pyramidOf, skippedPage, type TiffLevel, type TiffPyramid } from "./tiff-pyramid.js";

/** What both readers of TIFFs take. */
export interface TiffOptions {
  /** What lies behind transparent pixels. Default white. */
  readonly background?: Color;
  /**
   * The stored numbers that become 0 and 255; those between are spread evenly, those beyond cut. Needed for floating
   * point, signed and 32-bit samples. Default: all that the samples can say, of whole numbers up to 16 bits.
   */
  readonly range?: SampleRange;
  /** The page that is the image, from 0 on. Default: the largest one. */
  readonly page?: number;
  /** What a tile shows that a sparse file leaves out. Default: the number of `GDAL_NODATA`, or 0, as in GDAL. */
  readonly missing?: Color;
}

/** @throws RangeError if `range` or `page` is none */
export function checkTiffOptions(who: string, { range, page }: Pick<TiffOptions, "range" | "page">): void {
  if (range && !(range.every(Number.isFinite) && range[0] < range[1]))
    throw new RangeError(
      `${who}: expected \`range\` to be two numbers, that of black below that of white, got [${range.join(", ")}].`,
    );
  if (page !== undefined && !(Number.isSafeInteger(page) && page >= 0))
    throw new RangeError(`${who}: expected \`page\` to be a whole number from 0 on, got ${page}.`);
}

/**
 * Which pages of a TIFF are the image and its coarser versions: every reader begins here, so that all agree.
 *
 * @param page - the image. Default: the largest page
 * @throws ImageFileError if `file` is no TIFF, has no such page, or its headers are damaged or cut short
 */
export async function openTiff(file: ByteFile, page?: number): Promise<TiffPyramid> {
  const { pages, subifdsOf } = await tiffPages(file);
  const image = imageOf(pages, page);
  if (!image) throw new ImageFileError(file.name, `it has no page ${page}: its ${pages.length} pages count from 0`);
  try {
    const others = pages.filter((one) => one !== image);
    const pyramid = pyramidOf(image, [...others, ...(await subifdsOf(image))]);
    await Promise.all(pyramid.levels.map(({ directory }) => requirePlaces(directory)));
    return pyramid;
  } catch (error) {
    throw damaged(file, error);
  }
}

/**
 * The levels that a reader can read; what it cannot is skipped.
 *
 * @param make - throws for what it cannot read
 * @throws what `make` throws for the full resolution
 */
export async function readable(
  { levels, skipped }: TiffPyramid,
  make: (level: TiffLevel) => Promise<PyramidLevel>,
): Promise<Pick<OpenedFile, "levels" | "skipped">> {
  const [full, ...coarser] = levels;
  const choose = coarser.length + skipped.length > 0 ? "; `page` chooses another of its pages" : "";
  const first = await make(full).catch((error: unknown) => {
    throw error instanceof ImageFileError ? new ImageFileError(error.id, `${error.reason}${choose}`) : error;
  });
  const read: [PyramidLevel, ...PyramidLevel[]] = [first];
  const unread = [...skipped];
  for (const level of coarser)
    try {
      read.push(await make(level));
    } catch (error) {
      unread.push(skippedPage(level.directory, reasonOf(error)));
    }
  return { levels: read, skipped: unread };
}

const reasonOf = (error: unknown): string =>
  error instanceof ImageFileError ? error.reason : error instanceof Error ? error.message : String(error);

/**
 * A damaged size may claim any number of tiles that nobody has stored; to look through them would take as long as if
 * they were there.
 */
async function requirePlaces(directory: TiffDirectory): Promise<void> {
  const { width, height, blockWidth, blockHeight, samples } = directory;
  const [stride, planes] = samples.planar ? [1, samples.perPixel] : [samples.perPixel, 1];
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * planes;
  const last = await directory.place(blocks - 1).catch(() => null);
  if (!last)
    throw new Error(`of the ${blocks} tiles or strips of ${width} × ${height} pixels it does not know where all are`);
  const bytes = bytesOfRow({ ...samples, width, stride }) * (((height - 1) % blockHeight) + 1);
  if (isRaw(directory) && last.length > 0 && last.length < bytes)
    throw new Error(`its last strip has ${last.length} bytes, too few for ${width} × ${height} pixels`);
}
