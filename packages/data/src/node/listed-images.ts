import { join } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { cached, type ByteCache } from "../byte-cache.js";
import { decodeImage, fileFingerprint, requireImage, type DecodeOptions } from "./decode-image.js";
import type { ImageFileError } from "../image-file-error.js";
import { describeIgnored, unreadableImages } from "./image-names.js";
import type { ImageItem, ImageSet, SkippedImage } from "../image.js";
import { quoted, type ListedFile, type Listing } from "./listing.js";

/** Options of every set of image files. */
export interface ListedImagesOptions extends DecodeOptions {
  /**
   * What happens to a file that is not a readable image. `error`: the set is refused. `skip`: the file is left out, and
   * listed in `skipped`. Default "error".
   */
  readonly onBadFile?: "error" | "skip";
  /** Checks files by their headers, or by decoding them, which also finds files cut short. Default "header". */
  readonly check?: "header" | "decode";
  /**
   * The least number of images of a class in this split; fewer are an error. A class of a single image gives a warning
   * of the process. Default 1.
   */
  readonly minPerClass?: number;
  /** Group of an image from its path inside `root`. Default: none. */
  readonly groupOf?: (id: string) => string | undefined;
  /** Keeps decoded images. Default: none; every `load` decodes. */
  readonly cache?: ByteCache;
}

/** Files that are to become a set. */
export interface ListedSource<Extra extends object> {
  /** Who says it if something is wrong. */
  readonly who: string;
  readonly name: string;
  readonly root: string;
  /** All classes: labels are positions in it. */
  readonly classes: readonly string[];
  /** Its `classes` are those of which images are expected. */
  readonly listing: Listing<Extra>;
}

/** Tries every file and makes the set of those that can be read. */
export async function listedImages<Extra extends object>(
  source: ListedSource<Extra>,
  options: ListedImagesOptions,
): Promise<ImageSet<ImageItem & Extra>> {
  const { onBadFile = "error", check = "header", minPerClass = 1, groupOf, cache } = options;
  requireOneOf(source.who, { onBadFile }, ["error", "skip"]);
  requireOneOf(source.who, { check }, ["header", "decode"]);
  const { name, root, classes, listing } = source;
  const { misplaced = [] } = listing;
  if (onBadFile === "error" && misplaced.length > 0) throw new Error(describeMisplaced(source, misplaced));
  const bad = await badFiles(root, listing.files, options);
  if (onBadFile === "error" && bad.size > 0) throw new Error(describeBad(source, bad));

  const files = listing.files.filter(({ id }) => !bad.has(id));
  const unread = [...misplaced, ...[...bad].map(([id, { reason }]) => ({ id, reason }))];
  requireEnoughImages(source, files, minPerClass, unread);
  warnOfUnreadable(source);
  const items = files.map((file): ImageItem & Extra => {
    const group = groupOf ? groupOf(file.id) : file.group;
    const path = join(root, file.id);
    const decoding = decodeOptions(file, options);
    const load = () => decodeImage(path, decoding, path);
    const fingerprint = () => fileFingerprint(path, decoding);
    const label = classes.indexOf(file.className);
    return { ...(file.extra as Extra), id: file.id, label, ...(group !== undefined && { group }), load, fingerprint };
  });
  const set = { name, classes, items, skipped: [...listing.skipped, ...unread] };
  return cache ? cached(set, cache) : set;
}

const decodeOptions = ({ crop }: ListedFile, options: DecodeOptions): DecodeOptions =>
  crop ? { ...options, crop } : options;

/** The files that cannot be read, with the reason. A few are opened at a time. */
async function badFiles(
  root: string,
  files: readonly ListedFile[],
  options: ListedImagesOptions,
): Promise<Map<string, ImageFileError>> {
  const found = new Map<string, ImageFileError>();
  const queue = files.values();
  const work = async () => {
    for (const file of queue) {
      const path = join(root, file.id);
      const tried =
        options.check === "decode"
          ? decodeImage(path, decodeOptions(file, options))
          : requireImage(path, path, options.limitInputPixels);
      await tried.catch((error: ImageFileError) => found.set(file.id, error));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return new Map(files.filter(({ id }) => found.has(id)).map(({ id }) => [id, found.get(id)!]));
}

/** What was ignored for its name, and why the first of the others cannot be read. */
function whyNone(skipped: readonly SkippedImage[], unread: readonly SkippedImage[]): string {
  const [first] = unread;
  const others = first ? `; ${unread.length} cannot be read, the first is ${first.id}: ${first.reason}` : "";
  return `${describeIgnored(skipped)}${others}`;
}

const describeMisplaced = ({ who, root }: ListedSource<object>, misplaced: readonly SkippedImage[]): string =>
  `${who}: ${root} has images where none are expected (set \`onBadFile: "skip"\` to leave them out):\n` +
  misplaced
    .slice(0, 5)
    .map(({ id, reason }) => `  ${id}: ${reason}`)
    .join("\n") +
  (misplaced.length > 5 ? `\n  and ${misplaced.length - 5} more` : "");

/** Images that are left out for their format would otherwise be missed by nobody. */
function warnOfUnreadable({ who, root, listing }: ListedSource<object>): void {
  const images = unreadableImages(listing.skipped);
  if (images !== undefined)
    process.emitWarning(`${who}: ${root}: ${images} cannot be read and are left out; convert them to .png or .jpg.`, {
      code: "FOVEA_UNREADABLE_IMAGES",
    });
}

function describeBad(
  { who, root, listing: { files } }: ListedSource<object>,
  bad: Map<string, ImageFileError>,
): string {
  const at = new Map(files.map((file) => [file.id, file.at]));
  const lines = [...bad].slice(0, 5).map(([id, { message }]) => `  ${message}${at.get(id) ? ` (${at.get(id)})` : ""}`);
  return (
    `${who}: ${bad.size} of ${files.length} files in ${root} cannot be read (set \`onBadFile: "skip"\` to leave them ` +
    `out):\n${lines.join("\n")}${bad.size > 5 ? `\n  and ${bad.size - 5} more` : ""}`
  );
}

function requireEnoughImages(
  { who, root, listing }: ListedSource<object>,
  files: readonly ListedFile[],
  least: number,
  unread: readonly SkippedImage[],
): void {
  const counts = new Map(listing.classes.map((name) => [name, 0]));
  for (const { className } of files) counts.set(className, counts.get(className)! + 1);
  const withCount = (test: (count: number) => boolean) =>
    [...counts].filter(([, count]) => test(count)).map(([name]) => name);
  if (files.length === 0) throw new Error(`${who}: ${root} has no readable image${whyNone(listing.skipped, unread)}.`);
  const few = withCount((count) => count < least);
  if (few.length > 0) {
    const ofFew = ({ id }: SkippedImage) => id.split("/").some((folder) => few.includes(folder));
    const why = whyNone(listing.skipped.filter(ofFew), unread.filter(ofFew));
    throw new Error(
      `${who}: ${root}: fewer than \`minPerClass\` (${least}) readable images in ${few.length} classes: ${quoted(few)}${why}.`,
    );
  }
  const single = withCount((count) => count === 1);
  if (single.length > 0)
    process.emitWarning(`${who}: ${root}: a single image in ${single.length} classes: ${quoted(single)}.`, {
      code: "FOVEA_SINGLE_IMAGE",
    });
}
