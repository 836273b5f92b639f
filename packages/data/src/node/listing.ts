import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Crop } from "./decode-image.js";
import type { SkippedImage } from "../image.js";

/** An image file that belongs to a set, not opened yet. */
export interface ListedFile<Extra extends object = object> {
  /** Path inside the root, with `/`. */
  readonly id: string;
  readonly className: string;
  /** The group that its folder says. Default: none. */
  readonly group?: string;
  /** The part of this image that is kept. Default: as the options say. */
  readonly crop?: Crop;
  /** Fields that the item has beside those of `ImageItem`. */
  readonly extra?: Extra;
  /** Where a list names it, for messages: "list.csv, line 3". Default: no list does. */
  readonly at?: string;
}

/** The image files of a set, and the files that are left out. */
export interface Listing<Extra extends object = object> {
  /** All classes, in order; some may have no file in this split. */
  readonly classes: readonly string[];
  readonly files: readonly ListedFile<Extra>[];
  /** Files that are no images by their name. */
  readonly skipped: readonly SkippedImage[];
  /** Folders and images where they are not expected; refused, or skipped, as files that cannot be read are. */
  readonly misplaced?: readonly SkippedImage[];
}

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
 * The classes that were asked for, else those that were found. @throws Error if one that was found is not among them
 */
export function agreedClasses(
  who: string,
  root: string,
  classes: readonly string[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  const unknown = wanted && classes.filter((name) => !wanted.includes(name));
  if (unknown?.length) throw new Error(`${who}: ${root} has classes that \`classes\` has not: ${quoted(unknown)}.`);
  return wanted ?? classes;
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

export const quoted = (names: readonly string[]): string =>
  names.length === 0
    ? "none"
    : names
        .slice(0, 8)
        .map((name) => `\`${name}\``)
        .join(", ") + (names.length > 8 ? ", …" : "");

/** What a folder holds, by name. */
export interface Entries {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Names in a folder, sorted, without hidden ones; links are followed. */
export async function entriesOf(path: string): Promise<Entries> {
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
