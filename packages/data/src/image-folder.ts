import { basename } from "node:path";
import { listedImages, type ListedImagesOptions } from "./listed-images.js";
import type { ImageSet } from "./image.js";
import { assertFolder, listFolders, quoted, type Listing } from "./listing.js";
import { listManifest } from "./manifest.js";

export interface ImageFolderOptions extends ListedImagesOptions {
  /** Which part: the folder root/split, or the manifest's entries of that split. Default: no splits. */
  readonly split?: string;
  /** A file that lists the pictures (JSON, CSV or text, see README), with paths inside `root`. Default: the folders say it. */
  readonly manifest?: string;
  /** Classes and their order, for a test split that lacks some: the training set's `classes`. Default: those found. */
  readonly classes?: readonly string[];
}

/**
 * Labelled pictures (.jpg, .jpeg, .png, .webp) from root/class/* or root/split/class/*, or as a manifest lists them.
 * Hidden files are not seen; the order is the same on every machine.
 *
 * @throws Error for a missing folder, split or manifest, no class, a class with too few pictures, or (unless skipped) bad files
 */
export async function imageFolder(root: string, options: ImageFolderOptions = {}): Promise<ImageSet> {
  const { split, manifest } = options;
  await assertFolder("imageFolder", root);
  const listing = manifest === undefined ? await listFolders(root, split) : await listManifest(manifest, split);
  const name = split === undefined ? basename(root) : `${basename(root)}/${split}`;
  const classes = agreedClasses(root, listing, options.classes);
  return listedImages({ who: "imageFolder", name, root, classes, listing: counted(listing, manifest) }, options);
}

/** An empty class folder counts as a class of this split; a manifest's class without an entry in it does not. */
const counted = (listing: Listing, manifest: string | undefined): Listing =>
  manifest === undefined
    ? listing
    : { ...listing, classes: [...new Set(listing.files.map(({ className }) => className))] };

function agreedClasses(root: string, { classes }: Listing, wanted: readonly string[] | undefined): readonly string[] {
  const unknown = wanted && classes.filter((name) => !wanted.includes(name));
  if (unknown?.length)
    throw new Error(`imageFolder: ${root} has classes that \`classes\` has not: ${quoted(unknown)}.`);
  return wanted ?? classes;
}
