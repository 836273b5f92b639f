import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** A line of a list that is not blank. */
export interface Line {
  readonly text: string;
  /** Where it stands, for messages: "path, line 3". */
  readonly at: string;
}

/** A value that a list gives to a key, and where. */
export interface Entry<T> {
  readonly value: T;
  readonly at: string;
}

export type Table<T> = ReadonlyMap<string, Entry<T>>;

/** @param index - of the line, from 0 */
export const place = (path: string, index: number): string => `${path}, line ${index + 1}`;

/** The lines of a text file without those that are blank. @throws Error if there is no such file */
export async function readList(who: string, path: string): Promise<Line[]> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new Error(`${who}: there is no list ${path}.`);
  });
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line, i) => ({ text: line.trim(), at: place(path, i) }))
    .filter(({ text }) => text !== "");
}

/**
 * A list of lines `key value`, parted by the first blank; `parse` gives undefined for a value that it cannot read.
 *
 * @throws Error for a missing file, and with file and line for a value that cannot be read and a key that stands twice
 */
export async function readTable<T>(
  who: string,
  path: string,
  form: string,
  parse: (value: string) => T | undefined,
): Promise<Table<T>> {
  const table = new Map<string, Entry<T>>();
  for (const { text, at } of await readList(who, path)) {
    const [, key = "", rest = ""] = /^(\S+)\s*(.*)$/.exec(text)!;
    const value = parse(rest);
    if (value === undefined) throw new Error(`${who}: ${at}: expected \`${form}\`, got \`${text}\`.`);
    const before = table.get(key);
    if (before) throw new Error(`${who}: ${at}: ${key} is already in ${before.at}.`);
    table.set(key, { value, at });
  }
  return table;
}

/** Calls `use` for each line, a piece of the file at a time: for lists that are too long to hold. */
export async function eachLine(path: string, use: (text: string, at: () => string) => void): Promise<void> {
  let [rest, index] = ["", 0];
  const take = (line: string) => {
    const here = index++;
    if (line.trim() !== "") use(line.trim(), () => place(path, here));
  };
  for await (const piece of createReadStream(path, "utf8")) {
    const lines = (rest + (piece as string)).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
  take(rest);
}

/** The text as a value of a list: undefined if it is empty. */
export const someText = (text: string): string | undefined => text || undefined;

/** Numbers between blanks: undefined unless there are `count` of them. */
export function numbers(text: string, count: number): number[] | undefined {
  const values = text.split(/[\s,]+/).map((word) => (word === "" ? NaN : Number(word)));
  return values.length === count && values.every(Number.isFinite) ? values : undefined;
}

/** The fields of one line; quoted ones may hold commas and doubled quotes (RFC 4180, without line breaks in fields). */
export const csvFields = (line: string): string[] =>
  [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, inQuotes, plain]) =>
    inQuotes === undefined ? plain!.trim() : inQuotes.replaceAll('""', '"'),
  );

/** The first of the paths that is there. */
export async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await stat(path).catch(() => undefined)) return path;
  return undefined;
}

/** The first of the folders that holds `list`. @throws Error that names the places where it was searched */
export async function folderWith(who: string, list: string, folders: readonly string[]): Promise<string> {
  for (const folder of folders) if (await firstThere([join(folder, list)])) return folder;
  throw new Error(`${who}: there is no ${list} in ${folders.join(" or ")}.`);
}

/** @throws Error if a name stands twice, which would make two classes of one name */
export function distinctNames(who: string, names: Iterable<Entry<string>>): readonly string[] {
  const seen = new Map<string, string>();
  for (const { value, at } of names) {
    const before = seen.get(value);
    if (before !== undefined) throw new Error(`${who}: ${at}: \`${value}\` is already in ${before}.`);
    seen.set(value, at);
  }
  return [...seen.keys()];
}
