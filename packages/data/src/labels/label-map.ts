import type { Pixels } from "@fovea/nn";
import type { Color, SkippedImage } from "../image.js";
import { ImageFileError } from "../image-file-error.js";

/** The class of each pixel of an image. It may be shared by a cache: never write to `data`. */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  /** height · width ids, row by row. */
  readonly data: Uint8Array | Uint16Array;
  /** The colour of each id from 0 on, if the file has a colour table. It says nothing about the ids. */
  readonly palette?: readonly Color[];
}

/** An image and the label map of the same size that belongs to it. */
export interface LabelledImage {
  readonly image: Pixels;
  readonly labels: LabelMap;
}

/** One image of a segmentation set and its label map, not read yet. */
export interface SegmentationItem {
  /** Name that is the same on every machine and in every run, such as the path inside the folder with `/`. */
  readonly id: string;
  /** Reads both. May be called again: the same pixels. @throws Error that names the file */
  load(): Promise<LabelledImage>;
  /**
   * Reads the label map alone, as the layout numbers it: ids that are no class stay. @throws Error that names the file
   */
  loadLabels(): Promise<LabelMap>;
}

/** Images with a class for each pixel, in a fixed order. */
export interface SegmentationSet<Item extends SegmentationItem = SegmentationItem> {
  readonly name: string;
  /** Class names; an id is a position in this list. */
  readonly classes: readonly string[];
  /** The id of pixels that have no class, and count neither in losses nor in metrics. */
  readonly ignore: number;
  readonly items: readonly Item[];
  readonly skipped: readonly SkippedImage[];
}

/** The id of ignored pixels unless a set says otherwise. */
export const IGNORE = 255;

/** Refuses an id of ignored pixels that label maps of so many bits cannot hold: it would be stored as another id. */
export function requireIgnore(who: string, ignore: number, bits: number): void {
  if (!(Number.isInteger(ignore) && ignore >= 0 && ignore < 2 ** bits))
    throw new RangeError(
      `${who}: expected \`ignore\` to be an id of 0 … ${2 ** bits - 1}, which label maps of ${bits} bits hold, got ${ignore}.`,
    );
}

/** How often each id occurs, id 0 first; as long as the largest id needs. */
export function countIds({ data }: Pick<LabelMap, "data">): Float64Array {
  const counts = new Float64Array(data.BYTES_PER_ELEMENT === 1 ? 2 ** 8 : 2 ** 16);
  for (let i = 0; i < data.length; i++) counts[data[i]!]!++;
  return counts.subarray(0, counts.findLastIndex((count) => count > 0) + 1);
}

/** The ids of a label map that are neither a class nor `ignore`, ascending. */
export const idsOutside = (counts: ArrayLike<number>, classes: number, ignore: number): number[] =>
  Array.from(counts, (count, id) => (count > 0 && id >= classes && id !== ignore ? id : -1)).filter((id) => id >= 0);

/**
 * @throws ImageFileError if a pixel is neither of one of the classes nor ignored; it says which, and where the first
 */
export function requireIds(id: string, labels: LabelMap, { classes, ignore }: ClassIds): void {
  const { data, width } = labels;
  const first = data.findIndex((value) => value >= classes.length && value !== ignore);
  if (first < 0) return;
  const outside = idsOutside(countIds(labels), classes.length, ignore);
  const place = `column ${first % width}, row ${Math.floor(first / width)}`;
  throw new ImageFileError(
    id,
    `its label map has ${idList(outside)} (the first at ${place}), which ${outside.length === 1 ? "is" : "are"} neither ` +
      `a class (0 … ${classes.length - 1}) nor ignored (${ignore})${adviceOn(outside, classes.length)}`,
  );
}

/** What the ids of a set mean. */
export type ClassIds = Pick<SegmentationSet, "classes" | "ignore">;

/** "id 21", "the ids 21, 40, …". */
export const idList = (ids: readonly number[]): string =>
  ids.length === 1 ? `id ${ids[0]}` : `the ids ${ids.slice(0, 8).join(", ")}${ids.length > 8 ? ", …" : ""}`;

const adviceOn = (outside: readonly number[], classes: number): string =>
  outside.length === 1 && outside[0] === classes
    ? "; if its ids count from 1, so that 0 is unlabelled, set `reduceZeroLabel`; if not, a class is missing in `classes`"
    : "";

/** @throws ImageFileError unless the label map has the image's size */
export function requireSameSize(
  id: string,
  { image, labels }: { readonly image: SizeOnly; readonly labels: SizeOnly },
): void {
  if (image.width !== labels.width || image.height !== labels.height)
    throw new ImageFileError(id, otherSize(image, labels));
}

/** Why a label map does not fit its image. */
const otherSize = (image: SizeOnly, labels: SizeOnly): string =>
  `its label map is ${labels.width} × ${labels.height}, but the image is ${image.width} × ${image.height}` +
  (image.width === labels.height && image.height === labels.width
    ? "; is the image turned by its EXIF orientation, and the label map not?"
    : "");

export type SizeOnly = { readonly width: number; readonly height: number };
