import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Crop } from "./decode-image.js";
import type { SkippedImage } from "../image.js";

/** An image file that belongs to a set, not opened yet. */
export interface ListedFile<Extra extends object = object> {
  /** Path inside the root, with `/`. */
  readonly id: string;
  readonly className: string;
  /** The part of this image that is kept. Default: as the options say. */
  readonly crop?: Crop;
  /** Fields that the item has beside those of `ImageItem`. */
  readonly extra?: Extra;
}

/** The image files of a set, and the files that are left out. */
export interface Listing<Extra extends object = object> {
  /** All classes, in order; some may have no file in this split. */
  readonly classes: readonly string[];
  readonly files: readonly ListedFile<Extra>[];
  /** Files that are no images by their name. */
  readonly skipped: readonly SkippedImage[];
}

const EXTENSIONS: readonly string[] = [".jpg", ".jpeg", ".png", ".webp"];

export const isImageName = (name: string): boolean => EXTENSIONS.includes(extname(name).toLowerCase());

/**
 * In which order the names of classes are, which numbers them from 0.
 *
 * - `number`: if all names are whole numbers, by their value: "2" before "10"; otherwise as `text`.
 * - `text`: by code points, as Python sorts: "10" before "2", "B" before "a".
 *
 * Either order is the same on every machine, whatever its language.
 */
export type ClassOrder = "number" | "text";

/** The distinct names in order. */
export function sortedClasses(names: Iterable<string>, order: ClassOrder): string[] {
  const distinct = [...new Set(names)];
  return order === "number" && distinct.every((name) => /^\d+$/.test(name))
    ? distinct.sort((a, b) => Number(a) - Number(b))
    : distinct.sort(byCodePoint);
}

/**
 * Sorts as Python does; JavaScript goes by halves of characters, which puts what is beyond U+FFFF before U+E000. UTF-8
 * keeps the order.
 */
const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** @throws Error unless `path` is a folder */
export async function requireFolder(who: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new Error(`${who}: ${path} ${found ? "is not a folder" : "does not exist"}.`);
}

/** root/class/image, or root/split/class/image. Hidden files are not seen. */
export async function listFolders(root: string, split: string | undefined, order: ClassOrder): Promise<Listing> {
  const top = await entriesOf(root);
  if (split !== undefined && !top.folders.includes(split))
    throw new Error(`imageFolder: ${root} has no split \`${split}\`; its folders are ${quoted(top.folders)}.`);
  const prefix = split === undefined ? "" : `${split}/`;
  const { folders } = split === undefined ? top : await entriesOf(join(root, split));
  if (folders.length === 0)
    throw new Error(
      `imageFolder: ${join(root, prefix)} has no class folders; expected ${root}/${split ?? "[split/]"}class/image.jpg.`,
    );
  const classes = sortedClasses(folders, order);
  const inside = await Promise.all(classes.map((name) => entriesOf(join(root, prefix, name))));
  if (split === undefined && inside.every(({ files, folders }) => files.length === 0 && folders.length > 0))
    throw new Error(
      `imageFolder: the folders of ${root} hold folders, not images; are they splits? Set \`split\` to one of ${quoted(folders)}.`,
    );
  const all = inside.flatMap(({ files }, c) =>
    files.map((file) => ({ id: `${prefix}${classes[c]}/${file}`, className: classes[c]! })),
  );
  const nested = inside.flatMap(({ folders }, c) =>
    folders.map((name) => ({ id: `${prefix}${classes[c]}/${name}`, reason: "a folder inside a class is not read" })),
  );
  return {
    classes,
    files: all.filter(({ id }) => isImageName(id)),
    skipped: [...all.filter(({ id }) => !isImageName(id)).map(({ id }) => ({ id, reason: NO_IMAGE_NAME })), ...nested],
  };
}

export const NO_IMAGE_NAME = `its name does not end in ${EXTENSIONS.join(", ")}`;

export const quoted = (names: readonly string[]): string =>
  names.length === 0
    ? "none"
    : names
        .slice(0, 8)
        .map((name) => `\`${name}\``)
        .join(", ") + (names.length > 8 ? ", …" : "");

/** Names in a folder, sorted, without hidden ones; links are followed. */
async function entriesOf(path: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = (await readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith("."));
  const isFolder = await Promise.all(
    entries.map(async (entry) =>
      entry.isSymbolicLink()
        ? !!(await stat(join(path, entry.name)).catch(() => undefined))?.isDirectory()
        : entry.isDirectory(),
    ),
  );
  const names = (folders: boolean) =>
    entries
      .filter((_, i) => isFolder[i] === folders)
      .map(({ name }) => name)
      .sort();
  return { files: names(false), folders: names(true) };
}
