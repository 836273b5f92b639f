import { requireOneOf } from "@fovea/nn";
import sharp from "sharp";
import { ImageFileError } from "../../image-file-error.js";
import type { SkippedImage } from "../../image.js";
import {
  requireSameSize,
  type LabelMap,
  type LabelledImage,
  type SegmentationItem,
  type SegmentationSet,
  type SizeOnly,
} from "../../labels/label-map.js";
import { decodeImage, requireImage, type DecodeOptions } from "../decode-image.js";
import { labelHeader, readLabelMap } from "./read-label-map.js";

/** Options of every segmentation set of files. */
export interface SegmentationFilesOptions extends Pick<DecodeOptions, "profile" | "background" | "limitInputPixels"> {
  /**
   * What happens to an image or label map that cannot be read, that has no partner, or another size than it. `error`:
   * the set is refused. `skip`: the pair is left out, and listed in `skipped`. Default "error".
   */
  readonly onBadFile?: "error" | "skip";
  /**
   * Checks files by their headers, or by decoding them, which also finds files cut short. `none` looks at nothing, and
   * a bad file fails when it is loaded. Default "header".
   */
  readonly check?: "header" | "decode" | "none";
  /** Bits that an id has at most; files with more are refused, since they are often maps of objects. Default 8. */
  readonly bits?: 8 | 16;
}

/** An image file and the file of its label map. */
export interface SegmentationFiles {
  /** Path of the image. */
  readonly imagePath: string;
  /** Path of the label map. */
  readonly labelPath: string;
}

/** A pair of files of a segmentation set. */
export type SegmentationFileItem = SegmentationItem & SegmentationFiles;

/** A pair that a layout lists, not opened yet. */
export interface ListedPair extends SegmentationFiles {
  readonly id: string;
  /** Why it cannot be read, if the layout knows that already. */
  readonly problem?: string;
}

/** The pairs of a layout. */
export interface SegmentationListing extends Pick<SegmentationSet, "name" | "classes" | "ignore"> {
  /** Who says it if something is wrong. */
  readonly who: string;
  readonly root: string;
  readonly pairs: readonly ListedPair[];
  readonly skipped?: readonly SkippedImage[];
  /** The id of the set for each stored one. Default: the same. */
  readonly idOf?: (stored: number) => number;
}

/** Tries every pair, and makes the set of those that can be read. */
export async function segmentationFiles(
  listing: SegmentationListing,
  options: SegmentationFilesOptions,
): Promise<SegmentationSet<SegmentationFileItem>> {
  const { who, root, name, classes, ignore, pairs, skipped = [] } = listing;
  const { onBadFile = "error", check = "header", bits = 8 } = options;
  requireOneOf(who, { onBadFile }, ["error", "skip"]);
  requireOneOf(who, { check }, ["header", "decode", "none"]);
  requireOneOf(who, { bits: String(bits) }, ["8", "16"]);
  const items = pairs.map((pair) => itemOf(pair, listing, options));
  const bad = await badPairs(pairs, items, options);
  if (onBadFile === "error" && bad.length > 0) throw new Error(describeBad(who, root, bad, pairs.length));
  const unread = new Set(bad.map(({ id }) => id));
  const readable = items.filter(({ id }) => !unread.has(id));
  if (readable.length === 0) {
    const why = bad[0] ? `; ${bad.length} cannot be read, the first is ${bad[0].id}: ${bad[0].reason}` : "";
    throw new Error(`${who}: ${root} has no image with a label map${why}.`);
  }
  return { name, classes, ignore, items: readable, skipped: [...skipped, ...bad] };
}

function itemOf(
  { id, imagePath, labelPath, problem }: ListedPair,
  { idOf, ignore }: SegmentationListing,
  options: SegmentationFilesOptions,
): SegmentationFileItem {
  const { bits = 8, limitInputPixels, profile, background } = options;
  const limit = limitInputPixels !== undefined && { limitInputPixels };
  const decoding = { ...limit, ...(profile && { profile }), ...(background && { background }) };
  const readLabels = async (): Promise<LabelMap> => {
    if (problem !== undefined) throw new ImageFileError(id, problem);
    const labels = withRoomFor(ignore, await readLabelMap(labelPath, { bits, ...limit }));
    return idOf ? renumbered(labels, idOf) : labels;
  };
  const loadLabels = async (): Promise<LabelMap> => {
    const labels = await readLabels();
    requireSameSize(labelPath, { labels, image: await sizeOf(imagePath, limitInputPixels) });
    return labels;
  };
  const load = async (): Promise<LabelledImage> => {
    const labels = await readLabels(); // one after the other: of two bad files always the same is named
    const image = await decodeImage(imagePath, decoding);
    requireSameSize(labelPath, { labels, image });
    return { image, labels };
  };
  return { id, imagePath, labelPath, load, loadLabels };
}

/** The map with ids of 16 bits if `ignore` needs them, also where those of a file have 8. */
const withRoomFor = (ignore: number, labels: LabelMap): LabelMap =>
  ignore < 2 ** 8 ? labels : { ...labels, data: Uint16Array.from(labels.data) };

/** The ids of the set for the stored ones. A colour table would no longer fit. */
function renumbered({ width, height, data }: LabelMap, idOf: (stored: number) => number): LabelMap {
  const table = data instanceof Uint8Array ? new Uint8Array(2 ** 8) : new Uint16Array(2 ** 16);
  for (let id = 0; id < table.length; id++) table[id] = idOf(id);
  return { width, height, data: data.map((id) => table[id]!) };
}

/** The pairs that cannot be read, with the reason. A few are opened at a time. */
async function badPairs(
  pairs: readonly ListedPair[],
  items: readonly SegmentationFileItem[],
  { check = "header", bits = 8, limitInputPixels }: SegmentationFilesOptions,
): Promise<SkippedImage[]> {
  if (check === "none") return [];
  const found = new Map<string, string>();
  const limits = { bits, ...(limitInputPixels !== undefined && { limitInputPixels }) };
  const queue = pairs.entries();
  const work = async () => {
    for (const [i, { id, problem, ...files }] of queue)
      try {
        if (problem !== undefined) throw new ImageFileError(id, problem);
        if (check === "decode") await items[i]!.load();
        else await requirePair(files, limits);
      } catch (error) {
        if (!(error instanceof ImageFileError)) throw error;
        found.set(id, error.id === id ? error.reason : error.message);
      }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return pairs.flatMap(({ id }) => (found.has(id) ? [{ id, reason: found.get(id)! }] : []));
}

/** Looks at the headers only. @throws ImageFileError if one cannot be read, or they differ in size */
async function requirePair(
  { imagePath, labelPath }: SegmentationFiles,
  limits: { readonly bits: 8 | 16; readonly limitInputPixels?: number },
): Promise<void> {
  const labels = await labelHeader(labelPath, limits);
  requireSameSize(labelPath, { labels, image: await sizeOf(imagePath, limits.limitInputPixels) });
}

/** Width and height of an image as it is shown, by its header. @throws ImageFileError if it is no readable image */
async function sizeOf(path: string, limitInputPixels: number | undefined): Promise<SizeOnly> {
  await requireImage(path, path, limitInputPixels);
  return (await sharp(path, { limitInputPixels: false }).metadata()).autoOrient;
}

const describeBad = (who: string, root: string, bad: readonly SkippedImage[], all: number): string =>
  `${who}: ${bad.length} of ${all} images in ${root} have no label map that can be read (set \`onBadFile: "skip"\` to ` +
  `leave them out):\n${bad
    .slice(0, 5)
    .map(({ id, reason }) => `  ${id}: ${reason}`)
    .join("\n")}${bad.length > 5 ? `\n  and ${bad.length - 5} more` : ""}`;
