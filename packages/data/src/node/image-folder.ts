import { basename } from "node:path";
import { requireOneOf } from "@fovea/nn";
import { listedImages, type ListedImagesOptions } from "./listed-images.js";
import type { ImageSet } from "../image.js";
import { listFolders } from "./list-folders.js";
import { agreedClasses, requireFolder, type ClassOrder, type Listing } from "./listing.js";
import { listManifest } from "./manifest.js";

/** Which images of a folder are read, and how. */
export interface ImageFolderOptions extends ListedImagesOptions {
  /** The split that is read: the folder root/split, or the manifest's entries of that split. Default: no splits. */
  readonly split?: string;
  /**
   * A file that lists the images (JSON, CSV or text, see README), with paths inside `root`. Default: none, the folders
   * are searched.
   */
  readonly manifest?: string;
  /**
   * Classes in their order. Give a test split the `classes` of the training set, since it may lack some. Default: the
   * classes that are found.
   */
  readonly classes?: readonly string[];
  /**
   * How the classes found are numbered. `number`: by number if the names of all are whole numbers (1, 2, 10), else by
   * code point. `text`: always by code point (1, 10, 2), as torchvision's `ImageFolder` and Keras'
   * `image_dataset_from_directory` do: for weights that were trained there. Default `number`.
   */
  readonly classOrder?: ClassOrder;
  /**
   * `folder`: each class folder holds a folder of images for each object, root/class/object/* or
   * root/split/class/object/*, and the group of an image is `class/object`. Default: class folders hold the images.
   */
  readonly groups?: "folder";
}

/**
 * Labelled images (.jpg, .jpeg, .png, .webp, .gif, .tif, .tiff, .avif) from root/class/* or root/split/class/*, with
 * `groups: "folder"` from root/class/object/* or root/split/class/object/*, or as a manifest lists them. Of a file of
 * several images the first is read. Hidden files are not seen; the order is the same on every machine. Classes whose
 * names are all numbers are in the order of these unless `classOrder` says otherwise: torchvision has "10" before "2".
 *
 * @throws Error for a missing folder, split or manifest, no class, a class with too few images, or (unless skipped)
 * bad files and images in a place where none are expected; it says what was ignored, and why
 */
export async function imageFolder(root: string, options: ImageFolderOptions = {}): Promise<ImageSet> {
  const { split, manifest, classOrder: order = "number", groups } = options;
  requireOneOf("imageFolder", { classOrder: order }, ["number", "text"]);
  requireGroups(options);
  await requireFolder("imageFolder", root);
  const listing =
    manifest === undefined
      ? await listFolders(root, { split, order, groups })
      : await listManifest(manifest, split, order);
  const name = split === undefined ? basename(root) : `${basename(root)}/${split}`;
  const classes = agreedClasses("imageFolder", root, listing.classes, options.classes);
  return listedImages({ who: "imageFolder", name, root, classes, listing: counted(listing, manifest) }, options);
}

function requireGroups({ groups, groupOf, manifest }: ImageFolderOptions): void {
  if (groups === undefined) return;
  requireOneOf("imageFolder", { groups }, ["folder"]);
  const other = groupOf ? "groupOf" : manifest === undefined ? undefined : "manifest";
  if (other !== undefined)
    throw new RangeError(
      `imageFolder: \`groups: "folder"\` and \`${other}\` do not go together` +
        `${other === "manifest" ? "; name the group of a path with `groupOf`" : ", both name groups"}.`,
    );
}

/** An empty class folder counts as a class of this split; a manifest's class without an entry in it does not. */
const counted = (listing: Listing, manifest: string | undefined): Listing =>
  manifest === undefined
    ? listing
    : { ...listing, classes: [...new Set(listing.files.map(({ className }) => className))] };
