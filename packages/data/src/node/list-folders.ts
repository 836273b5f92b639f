import { join } from "node:path";
import type { SkippedImage } from "../image.js";
import { isImageName, skippedFolder, skippedName } from "./image-names.js";
import {
  entriesOf,
  quoted,
  sortedClasses,
  type ClassOrder,
  type Entries,
  type ListedFile,
  type Listing,
} from "./listing.js";

/** How the folders below `root` are understood. */
export interface FolderLayout {
  readonly split: string | undefined;
  readonly order: ClassOrder;
  /** With "folder", each class folder holds a folder of images for each object. */
  readonly groups: "folder" | undefined;
}

/** A folder of images: a class, or an object of it. */
interface ImageDirectory extends Entries {
  /** Path inside the root. */
  readonly path: string;
  readonly className: string;
  /** `class/object`: the same in every split. */
  readonly group?: string;
}

/** root/class/image, root/split/class/image, or either with a folder for each object. Hidden files are not seen. */
export async function listFolders(root: string, { split, order, groups }: FolderLayout): Promise<Listing> {
  const { files, folders } = await classFolders(root, split);
  const classes = sortedClasses(folders, order);
  const prefix = split === undefined ? "" : `${split}/`;
  const inside = await Promise.all(
    classes.map(async (className): Promise<ImageDirectory> => {
      const path = `${prefix}${className}`;
      return { path, className, ...(await entriesOf(join(root, path))) };
    }),
  );
  if (split === undefined && inside.every(({ files, folders }) => files.length === 0 && folders.length > 0) && !groups)
    throw new Error(
      `imageFolder: the folders of ${root} hold folders, not images; are they splits? Set \`split\` to one of ` +
        `${quoted(folders)}. Or does each hold the images of one object? Set \`groups: "folder"\`.`,
    );
  const objects = (await Promise.all(inside.map((directory) => foldersOf(root, directory)))).flat();
  const listing = groups
    ? await groupedListing(root, classes, inside, objects)
    : plainListing(classes, inside, objects);
  const beside = files
    .filter(isImageName)
    .map((file) => ({ id: `${prefix}${file}`, reason: "an image beside the class folders, so without a class" }));
  return { ...listing, skipped: [...beside, ...listing.skipped] };
}

/** The folder that holds the classes. @throws Error if it holds none, which says what is there instead */
async function classFolders(root: string, split: string | undefined): Promise<Entries> {
  const top = await entriesOf(root);
  if (split !== undefined && !top.folders.includes(split))
    throw new Error(`imageFolder: ${root} has no split \`${split}\`; its folders are ${quoted(top.folders)}.`);
  const path = split === undefined ? root : join(root, split);
  const entries = split === undefined ? top : await entriesOf(path);
  if (entries.folders.length > 0) return entries;
  const images = entries.files.filter(isImageName).length;
  throw new Error(
    `imageFolder: ${path} has no class folders; expected ${root}/${split ?? "[split/]"}class/image.jpg` +
      `${images > 0 ? `, found ${counted(images)} without a class` : ""}.`,
  );
}

const foldersOf = (root: string, { path, className, folders }: ImageDirectory): Promise<ImageDirectory[]> =>
  Promise.all(
    folders.map(async (name) => ({
      path: `${path}/${name}`,
      className,
      group: `${className}/${name}`,
      ...(await entriesOf(join(root, path, name))),
    })),
  );

/** The images of class folders; folders in them are misplaced if they hold images. */
function plainListing(
  classes: readonly string[],
  inside: readonly ImageDirectory[],
  objects: readonly ImageDirectory[],
): Listing {
  const holdsImages = ({ files }: Entries) => files.some(isImageName);
  return {
    classes,
    files: inside.flatMap((directory) => imagesOf(directory)),
    skipped: [
      ...inside.flatMap(othersOf),
      ...objects.filter((object) => !holdsImages(object)).map(({ path }) => skippedFolder(path)),
    ],
    misplaced: objects.filter(holdsImages).map(({ path, files }) => {
      const count = files.filter(isImageName).length;
      return {
        id: path,
        reason:
          `a folder with ${counted(count)} inside a class folder; if each such folder holds the ` +
          'images of one object, set `groups: "folder"`',
      };
    }),
  };
}

/** The images of the folders in class folders; images beside these are misplaced, and folders in them. */
async function groupedListing(
  root: string,
  classes: readonly string[],
  inside: readonly ImageDirectory[],
  objects: readonly ImageDirectory[],
): Promise<Listing> {
  const deeper = (await Promise.all(objects.map((object) => foldersOf(root, object)))).flat();
  const loose = inside.flatMap((directory) => imagesOf(directory));
  const expected = '`groups: "folder"` expects class/object/image.jpg';
  const misplaced = [
    ...loose.map(({ id }) => ({ id, reason: `an image in no folder of an object; ${expected}` })),
    ...deeper
      .filter(({ files, folders }) => files.some(isImageName) || folders.length > 0)
      .map(({ path }) => ({ id: path, reason: `a folder inside the folder of an object; ${expected}` })),
  ];
  return {
    classes,
    files: objects.flatMap((directory) => imagesOf(directory)),
    skipped: [...inside, ...objects].flatMap(othersOf),
    misplaced,
  };
}

const counted = (images: number): string => `${images} image${images === 1 ? "" : "s"}`;

const imagesOf = ({ path, className, group, files }: ImageDirectory): ListedFile[] =>
  files
    .filter(isImageName)
    .map((file) => ({ id: `${path}/${file}`, className, ...(group !== undefined && { group }) }));

const othersOf = ({ path, files }: ImageDirectory): SkippedImage[] =>
  files.filter((file) => !isImageName(file)).map((file) => skippedName(`${path}/${file}`));
