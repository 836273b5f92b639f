import type { SkippedPage } from "./file-source.js";
import { dividedBy } from "./pyramid-source.js";
import type { TiffDirectory } from "./tiff-directory.js";
import { MASK, describeSamples } from "./tiff-samples.js";

/** A page that is a resolution of the image. */
export interface TiffLevel {
  readonly directory: TiffDirectory;
  /** Size of the image in the page; the page itself is larger if it is padded to full tiles. */
  readonly width: number;
  readonly height: number;
  /** Full pixels that one of its pixels covers; null where only the quotients of the sizes tell. */
  readonly step: number | null;
}

/** Which pages are the image, at which resolutions, and which are not. */
export interface TiffPyramid {
  /** The full resolution first, then coarser ones. */
  readonly levels: readonly [TiffLevel, ...TiffLevel[]];
  readonly skipped: readonly SkippedPage[];
}

const [REDUCED, MASK_OF_ANOTHER] = [1, 4]; // bits of NewSubfileType

const pixelsOf = ({ width, height }: { readonly width: number; readonly height: number }) => width * height;
const isMask = ({ subfile, samples }: TiffDirectory) =>
  (subfile & MASK_OF_ANOTHER) !== 0 || samples.photometric === MASK;

/**
 * The page that is wanted, or else the largest one, the first of several: not a mask, nor what says that it is a
 * coarser version, if there is another. Null if there is no page `wanted`.
 */
export function imageOf(
  pages: readonly [TiffDirectory, ...TiffDirectory[]],
  wanted?: number | undefined,
): TiffDirectory | null {
  if (wanted !== undefined) return pages[wanted] ?? null;
  const images = pages.filter((page) => !isMask(page));
  const fullImages = images.filter(({ subfile }) => (subfile & REDUCED) === 0);
  const [candidates = pages] = [fullImages, images].filter(({ length }) => length > 0);
  return candidates.reduce((best, page) => (pixelsOf(page) > pixelsOf(best) ? page : best));
}

/**
 * Sorts the other pages into coarser versions of `image` and pages that are none: by their samples and by their sizes,
 * as writers do not agree on what NewSubfileType says.
 */
export function pyramidOf(image: TiffDirectory, others: readonly TiffDirectory[]): TiffPyramid {
  const levels: [TiffLevel, ...TiffLevel[]] = [{ directory: image, width: image.width, height: image.height, step: 1 }];
  const skipped: SkippedPage[] = [];
  for (const page of [...others].sort((a, b) => pixelsOf(b) - pixelsOf(a))) {
    const level = levelOf(page, levels);
    if (typeof level === "string") skipped.push(skippedPage(page, level));
    else levels.push(level);
  }
  return { levels, skipped: skipped.sort((a, b) => a.page - b.page) };
}

export const skippedPage = ({ page, subifd, width, height }: TiffDirectory, reason: string): SkippedPage => ({
  ...{ page, subifd, width, height, reason },
});

/** The level that a page is, or why it is none. */
function levelOf(page: TiffDirectory, levels: readonly [TiffLevel, ...TiffLevel[]]): TiffLevel | string {
  const [image, last] = [levels[0].directory, levels.at(-1)!];
  const [ours, theirs] = [page, image].map(({ samples }) => describeSamples(samples));
  if (isMask(page)) return "it is a mask";
  if (ours !== theirs) return `its samples are ${ours}, those of the image ${theirs}`;
  if (image.tiled && !page.tiled) return "it is in strips, unlike the image"; // a label; GDAL's overviews have tiles
  if (pixelsOf(page) >= pixelsOf(last.directory)) return `it is no smaller than page ${last.directory.page}`;
  const coarser = halved(page, image, last) ?? padded(page, image, last) ?? divided(page, image);
  return coarser ?? `its ${page.width} × ${page.height} pixels are not those of the image divided by one number`;
}

/** Powers of two beyond the step of the level before: pyramids are made by halving, once or more often. */
const STEPS = Array.from({ length: 32 }, (_, i) => 2 ** i);
const beyond = ({ step, directory }: TiffLevel, image: TiffDirectory) =>
  STEPS.filter((power) => power > (step ?? image.width / directory.width));

/** A level whose sides are the image's, divided by a power of two. */
function halved(page: TiffDirectory, image: TiffDirectory, last: TiffLevel): TiffLevel | null {
  const step = beyond(last, image).find((power) => dividedBy(power, image, page));
  return step === undefined ? null : { directory: page, width: page.width, height: page.height, step };
}

/**
 * A level that was padded to full tiles after halving, as Philips scanners do: 97,792 pixels in tiles of 512, halved,
 * are said to be 49,152 and not 48,896. The step says how much of that is image. A single tile fits many steps, so it
 * has to be the next one.
 */
function padded(page: TiffDirectory, image: TiffDirectory, last: TiffLevel): TiffLevel | null {
  const { blockWidth, blockHeight } = page;
  if (!page.tiled) return null;
  const padded = (side: number, tile: number) => Math.ceil(side / tile) * tile;
  const fits = (step: number) =>
    padded(Math.ceil(image.width / step), blockWidth) === page.width &&
    padded(Math.ceil(image.height / step), blockHeight) === page.height;
  const step = beyond(last, image).find(fits);
  const single = page.width === blockWidth && page.height === blockHeight;
  if (step === undefined || (single && step !== 2 * (last.step ?? NaN))) return null;
  const inside = (side: number) => Math.max(1, Math.floor(side / step));
  return { directory: page, width: inside(image.width), height: inside(image.height), step };
}

/** A level whose sides are the image's, divided by about the same number, if no power of two. */
function divided(page: TiffDirectory, image: TiffDirectory): TiffLevel | null {
  const step = Math.max(image.width / page.width, image.height / page.height);
  const isClose = (all: number, pixels: number) => Math.abs(Math.max(1, all / step) - pixels) <= 1;
  const alike = step > 1.01 && isClose(image.width, page.width) && isClose(image.height, page.height);
  return alike ? { directory: page, width: page.width, height: page.height, step: null } : null;
}
