import { basename, join } from "node:path";
import { cached, type ByteCache } from "./byte-cache.js";
import { checkImage, decodeImage, type ImageFileError, type DecodeOptions } from "./decode-image.js";
import type { ImageItem, ImageSet } from "./image.js";
import { assertFolder, listFolders, quoted, type ListedFile, type Listing } from "./listing.js";
import { listManifest } from "./manifest.js";

export interface ImageFolderOptions extends DecodeOptions {
  /** Which part: the folder root/split, or the manifest's entries of that split. Default: no splits. */
  readonly split?: string;
  /** A file that lists the pictures (JSON, CSV or text, see README), with paths inside `root`. Default: the folders say it. */
  readonly manifest?: string;
  /** Refuse the set if a file is no readable picture, or leave it out and list it in `skipped`. Default "error". */
  readonly onBadFile?: "error" | "skip";
  /** How files are tried: by their headers, or decoded once, which also finds those cut short. Default "header". */
  readonly check?: "header" | "decode";
  /** Classes and their order, for a test split that lacks some: the training set's `classes`. Default: those found. */
  readonly classes?: readonly string[];
  /** Fewer pictures in a class of this split are an error; by default a single one is a warning of the process. Default 1. */
  readonly minPerClass?: number;
  /** Group of a picture from its path inside `root`. Default: none. */
  readonly groupOf?: (id: string) => string | undefined;
  /** Keeps decoded pictures. Default: none; every `load` decodes. */
  readonly cache?: ByteCache;
}

/**
 * Labelled pictures (.jpg, .jpeg, .png, .webp) from root/class/* or root/split/class/*, or as a manifest lists them.
 * Hidden files are not seen; the order is the same on every machine.
 *
 * @throws Error for a missing folder, split or manifest, no class, a class with too few pictures, or (unless skipped) bad files
 */
export async function imageFolder(root: string, options: ImageFolderOptions = {}): Promise<ImageSet> {
  const { split, manifest, onBadFile = "error", minPerClass = 1, groupOf, cache } = options;
  await assertFolder(root);
  const listing = manifest === undefined ? await listFolders(root, split) : await listManifest(manifest, split);
  const classes = agreedClasses(root, listing, options.classes);
  const bad = await badFiles(root, listing.files, options);
  if (onBadFile === "error" && bad.size > 0)
    throw new Error(describeBad(root, [...bad.values()], listing.files.length));

  const files = listing.files.filter(({ id }) => !bad.has(id));
  checkCounts(root, listing, files, minPerClass, manifest !== undefined);
  const items = files.map(({ id, className }): ImageItem => {
    const group = groupOf?.(id);
    const load = () => decodeImage(join(root, id), options, join(root, id));
    return { id, label: classes.indexOf(className), ...(group !== undefined && { group }), load };
  });
  const skipped = [...listing.skipped, ...[...bad].map(([id, { reason }]) => ({ id, reason }))];
  const name = split === undefined ? basename(root) : `${basename(root)}/${split}`;
  const set = { name, classes, items, skipped };
  return cache ? cached(set, cache) : set;
}

function agreedClasses(root: string, { classes }: Listing, wanted: readonly string[] | undefined): readonly string[] {
  const unknown = wanted && classes.filter((name) => !wanted.includes(name));
  if (unknown?.length)
    throw new Error(`imageFolder: ${root} has classes that \`classes\` has not: ${quoted(unknown)}.`);
  return wanted ?? classes;
}

/** The files that cannot be read, with the reason. A few are opened at a time. */
async function badFiles(
  root: string,
  files: readonly ListedFile[],
  options: ImageFolderOptions,
): Promise<Map<string, ImageFileError>> {
  const found = new Map<string, ImageFileError>();
  const queue = files.values();
  const work = async () => {
    for (const { id } of queue) {
      const path = join(root, id);
      const tried =
        options.check === "decode" ? decodeImage(path, options) : checkImage(path, path, options.limitInputPixels);
      await tried.catch((error: ImageFileError) => found.set(id, error));
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return new Map(files.filter(({ id }) => found.has(id)).map(({ id }) => [id, found.get(id)!]));
}

const describeBad = (root: string, bad: readonly ImageFileError[], files: number): string =>
  `imageFolder: ${bad.length} of ${files} files in ${root} cannot be read (set \`onBadFile: "skip"\` to leave them out):\n` +
  bad
    .slice(0, 5)
    .map((error) => `  ${error.message}`)
    .join("\n") +
  (bad.length > 5 ? `\n  and ${bad.length - 5} more` : "");

/** An empty class folder counts as a class of this split; a manifest's class without an entry in it does not. */
function checkCounts(
  root: string,
  listing: Listing,
  files: readonly ListedFile[],
  least: number,
  byManifest: boolean,
): void {
  const present = byManifest ? [...new Set(listing.files.map(({ className }) => className))] : listing.classes;
  const counts = new Map(present.map((name) => [name, 0]));
  for (const { className } of files) counts.set(className, counts.get(className)! + 1);
  const withCount = (test: (count: number) => boolean) =>
    [...counts].filter(([, count]) => test(count)).map(([name]) => name);
  if (files.length === 0) throw new Error(`imageFolder: ${root} has no readable picture.`);
  const few = withCount((count) => count < least);
  if (few.length > 0)
    throw new Error(
      `imageFolder: ${root}: fewer than \`minPerClass\` (${least}) readable pictures in ${few.length} classes: ${quoted(few)}.`,
    );
  const single = withCount((count) => count === 1);
  if (single.length > 0)
    process.emitWarning(`imageFolder: ${root}: a single picture in ${single.length} classes: ${quoted(single)}.`, {
      code: "FOVEA_SINGLE_PICTURE",
    });
}
