import { requireColor, type Color } from "../image.js";
import { ImageFileError } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import type { OpenedFile } from "./file-source.js";
import { upright } from "./orientation.js";
import type { PyramidLevel } from "./pyramid-source.js";
import { nodataColor, withMissing } from "./sparse-page.js";
import type { SampleRange } from "./tiff-colors.js";
import { damaged, isRaw, tiffPages, type TiffDirectory } from "./tiff-directories.js";
import type { PageReader } from "./tiff-page.js";
import { imageOf, pyramidOf, skippedPage, type TiffLevel, type TiffPyramid } from "./tiff-pyramid.js";
import { bytesOfRow } from "./unpack-samples.js";

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

/** @throws RangeError if an option is not valid */
export function checkTiffOptions(who: string, { background, range, page, missing }: TiffOptions): void {
  requireColor(who, "background", background);
  requireColor(who, "missing", missing);
  const numbers: readonly unknown[] = Array.isArray(range) ? range : [range];
  const [black, white] = numbers as SampleRange;
  if (range !== undefined && !(numbers.length === 2 && numbers.every(Number.isFinite) && black < white))
    throw new RangeError(
      `${who}: expected \`range\` to be two numbers, that of black below that of white, got [${numbers.join(", ")}].`,
    );
  if (page !== undefined && !(Number.isSafeInteger(page) && page >= 0))
    throw new RangeError(`${who}: expected \`page\` to be a whole number from 0 on, got ${page}.`);
}

/** How the pages of an image are read, by what its full resolution is. */
export type Reader = (image: TiffDirectory) => Promise<(page: TiffDirectory) => Promise<PageReader>>;

/**
 * Which pages of a TIFF are the image and its coarser versions, and how they are read. Every reader begins here, so
 * that all agree. `file` is closed with the image, or before if nothing is read from it.
 *
 * @param reader - what it gives throws ImageFileError for pages that cannot be read
 * @throws ImageFileError if `file` is no TIFF, has no such page, is damaged or cut short, or its full resolution cannot
 *   be read
 */
export async function openTiff(file: ByteFile, options: TiffOptions, reader: Reader): Promise<OpenedFile> {
  const close = () => file.close();
  try {
    const pyramid = await pyramidIn(file, options.page);
    const { made, skipped } = await madeOf(file, options, pyramid, reader);
    const [first, ...coarser] = made;
    const levels = [first.level, ...coarser.map(({ level }) => level)] as const;
    if (made.some(({ usesFile }) => usesFile)) return { levels, skipped, close };
    await close();
    return { levels, skipped };
  } catch (error) {
    await close();
    throw error;
  }
}

async function pyramidIn(file: ByteFile, page: number | undefined): Promise<TiffPyramid> {
  const { pages, subifdsOf } = await tiffPages(file);
  const image = imageOf(pages, page);
  if (!image) throw new ImageFileError(file.name, `it has no page ${page}: its ${pages.length} pages count from 0`);
  const others = pages.filter((one) => one !== image);
  const pyramid = pyramidOf(image, [...others, ...(await subifdsOf(image))]);
  await Promise.all(pyramid.levels.map(({ directory }) => requireBlocks(file, directory)));
  return pyramid;
}

/**
 * A damaged size may claim any number of tiles that nobody has stored; to look through them would take as long as if
 * they were there.
 */
async function requireBlocks(file: ByteFile, directory: TiffDirectory): Promise<void> {
  const { width, height, blockWidth, blockHeight, samples } = directory;
  const [stride, planes] = samples.planar ? [1, samples.perPixel] : [samples.perPixel, 1];
  const blocks = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * planes;
  const last = await directory.byteRange(blocks - 1).catch(() => {
    const size = `${width} × ${height}`;
    throw damaged(file, `of the ${blocks} tiles or strips of ${size} pixels it does not know where all are`);
  });
  const bytes = bytesOfRow({ ...samples, width, stride }) * (((height - 1) % blockHeight) + 1);
  if (isRaw(directory) && last && last.length < bytes)
    throw damaged(file, `its last strip has ${last.length} bytes, too few for ${width} × ${height} pixels`);
}

interface MadeLevel extends Pick<PageReader, "usesFile"> {
  readonly level: PyramidLevel;
}

/** The levels that can be read; those that cannot are skipped. */
async function madeOf(file: ByteFile, options: TiffOptions, { levels, skipped }: TiffPyramid, reader: Reader) {
  const [full, ...coarser] = levels;
  const readerOf = await reader(full.directory);
  const make = async (level: TiffLevel): Promise<MadeLevel> =>
    levelOf(file, options, level, full.directory, await readerOf(level.directory));
  const choose = coarser.length + skipped.length > 0 ? "; `page` chooses another of its pages" : "";
  const first = await make(full).catch((error: unknown) => {
    throw error instanceof ImageFileError ? new ImageFileError(error.id, `${error.reason}${choose}`) : error;
  });
  const made: [MadeLevel, ...MadeLevel[]] = [first];
  const unread = [...skipped];
  for (const level of coarser)
    try {
      made.push(await make(level));
    } catch (error) {
      if (!(error instanceof ImageFileError)) throw error;
      unread.push(skippedPage(level.directory, error.reason));
    }
  return { made, skipped: unread };
}

async function levelOf(
  file: ByteFile,
  options: TiffOptions,
  { directory, step, ...size }: TiffLevel,
  { orientation }: TiffDirectory,
  { blockWidth, blockHeight, sparse, usesFile, ...page }: PageReader,
): Promise<MadeLevel> {
  const color = options.missing ?? (await nodataColor(file.name, directory, options));
  const read = sparse ? withMissing(directory, color, page.read) : page.read;
  const level = { ...size, blockWidth, blockHeight, ...(step !== null && { step }), read };
  return { level: upright(level, orientation), usesFile };
}
