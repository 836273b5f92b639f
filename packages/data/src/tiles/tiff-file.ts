import { ImageFileError } from "../image-file-error.js";
import type { ByteFile } from "./byte-file.js";
import type { OpenedFile } from "./file-source.js";
import { upright } from "./orientation.js";
import type { PyramidLevel } from "./pyramid-source.js";
import { nodataColor, withMissingBlocks } from "./sparse-page.js";
import { tiffPages } from "./tiff-directories.js";
import type { TiffDirectory } from "./tiff-directory.js";
import type { PageReader } from "./tiff-page.js";
import type { TiffOptions } from "./tiff-options.js";
import { imageOf, pyramidOf, skippedPage, type TiffLevel, type TiffPyramid } from "./tiff-pyramid.js";

/** Makes the readers of an image's pages, given the page of the full resolution. */
export type PageReaders = (image: TiffDirectory) => Promise<(page: TiffDirectory) => Promise<PageReader>>;

/**
 * Which pages of a TIFF are the image and its coarser versions, and how they are read. Every reader begins here, so
 * that all agree. `file` is closed with the image, or before if nothing is read from it.
 *
 * @param reader - what it gives throws ImageFileError for pages that cannot be read
 * @throws ImageFileError if `file` is no TIFF, has no such page, is damaged or cut short, or its full resolution cannot
 *   be read
 */
export async function openTiff(file: ByteFile, options: TiffOptions, reader: PageReaders): Promise<OpenedFile> {
  const close = () => file.close();
  try {
    const { levels, skipped, usesFile } = await levelsIn(file, options, await pyramidIn(file, options.page), reader);
    if (!usesFile) await close();
    return { levels, skipped, ...(usesFile && { close }) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Pages that are read, from the wanted one on: a stack of thousands is no pyramid. */
const MOST_PAGES = 64;

async function pyramidIn(file: ByteFile, page: number | undefined): Promise<TiffPyramid> {
  const most = (page ?? 0) + MOST_PAGES;
  const { pages, next, subifdsOf } = await tiffPages(file, most);
  const image = imageOf(pages, page);
  if (!image) throw new ImageFileError(file.name, `it has no page ${page}: its ${pages.length} pages count from 0`);
  const others = pages.filter((one) => one !== image);
  const pyramid = pyramidOf(image, [...others, ...(await subifdsOf(image))]);
  await Promise.all(pyramid.levels.map(({ directory }) => requireLast(directory)));
  const rest = next ? [skippedPage(next, `of its pages the first ${most} are read, and this is the next one`)] : [];
  return { ...pyramid, skipped: [...pyramid.skipped, ...rest] };
}

/**
 * A damaged size may claim any number of tiles that nobody has stored; to look through them would take as long as if
 * they were there.
 */
function requireLast({ width, height, blockWidth, blockHeight, samples, ...directory }: TiffDirectory) {
  const planes = samples.planar ? samples.perPixel : 1;
  return directory.byteRange(Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * planes - 1);
}

/** The levels that can be read; those that cannot are skipped. */
async function levelsIn(file: ByteFile, options: TiffOptions, { levels, skipped }: TiffPyramid, reader: PageReaders) {
  const [full, ...coarser] = levels;
  const readerOf = await reader(full.directory);
  const make = async (level: TiffLevel) => {
    const page = await readerOf(level.directory);
    return { level: await levelOf(file, options, level, page, full.directory.orientation), usesFile: page.usesFile };
  };
  const choose = coarser.length + skipped.length > 0 ? "; `page` chooses another of its pages" : "";
  const first = await make(full).catch((error: unknown) => {
    throw error instanceof ImageFileError ? new ImageFileError(error.id, `${error.reason}${choose}`) : error;
  });
  const [made, unread] = [[first], [...skipped]];
  for (const level of coarser)
    try {
      made.push(await make(level));
    } catch (error) {
      if (!(error instanceof ImageFileError)) throw error;
      unread.push(skippedPage(level.directory, error.reason));
    }
  const [, ...others] = made.map(({ level }) => level);
  return { levels: [first.level, ...others] as const, skipped: unread, usesFile: made.some((one) => one.usesFile) };
}

async function levelOf(
  file: ByteFile,
  options: TiffOptions,
  { directory, step, ...size }: TiffLevel,
  { blockWidth, blockHeight, usesFile, ...page }: PageReader,
  orientation: number,
): Promise<PyramidLevel> {
  const color = async () => options.missing ?? nodataColor(file.name, directory, options);
  const read = usesFile ? withMissingBlocks(directory, await color(), page.read) : page.read;
  return upright({ ...size, blockWidth, blockHeight, ...(step !== null && { step }), read }, orientation);
}
