import { readFile } from "node:fs/promises";
import { extname, posix } from "node:path";
import { csvFields } from "./lists.js";
import { isImageName, skippedName } from "./image-names.js";
import { quoted, sortedClasses, type ClassOrder, type Listing } from "./listing.js";

/** One line of a manifest. */
interface Entry {
  readonly path: string;
  readonly label: string;
  readonly split: string | undefined;
}

/**
 * Which images belong to which split, from a file:
 *
 * - `.json`: `{ "train": ["cat/1.jpg", …], "test": […] }`, or a list of `{ "path", "label"?, "split"? }`
 * - `.csv`: a header with `path` and perhaps `label` and `split`; fields may be quoted
 * - `.txt`: one path a line, one split a file
 *
 * A path without a label belongs to the class of the folder it lies in. Classes are those of all splits together.
 *
 * @throws Error for an unreadable manifest, an unknown split, or an image in two splits
 */
export async function listManifest(manifest: string, split: string | undefined, order: ClassOrder): Promise<Listing> {
  const text = await readFile(manifest, "utf8").catch(() => {
    throw new Error(`imageFolder: there is no manifest ${manifest}.`);
  });
  const entries = parse(manifest, text.replace(/^\uFEFF/, ""));
  requireDistinctImages(manifest, entries);
  const splits = [...new Set(entries.map((entry) => entry.split))].filter((name) => name !== undefined);
  if (split !== undefined && !splits.includes(split))
    throw new Error(`imageFolder: ${manifest} has no split \`${split}\`; its splits are ${quoted(splits)}.`);
  if (split === undefined && splits.length > 1)
    throw new Error(`imageFolder: ${manifest} has several splits; set \`split\` to one of ${quoted(splits)}.`);
  const wanted = entries.filter((entry) => split === undefined || entry.split === split);
  return {
    classes: sortedClasses(
      entries.map(({ label }) => label),
      order,
    ),
    files: wanted.filter(({ path }) => isImageName(path)).map(({ path, label }) => ({ id: path, className: label })),
    skipped: wanted.filter(({ path }) => !isImageName(path)).map(({ path }) => skippedName(path)),
  };
}

function parse(manifest: string, text: string): Entry[] {
  const kind = extname(manifest).toLowerCase();
  if (kind === ".json") return parseJson(manifest, text);
  if (kind === ".csv") return parseCsv(manifest, text);
  if (kind === ".txt") return lines(text).map((path) => entry(manifest, { path: path.trim() }));
  throw new Error(`imageFolder: expected a manifest ending in .json, .csv or .txt, got ${manifest}.`);
}

const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== "");

function parseJson(manifest: string, text: string): Entry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`imageFolder: ${manifest} is not JSON (${(error as Error).message}).`);
  }
  if (Array.isArray(parsed)) return parsed.map((item) => entry(manifest, item));
  return Object.entries(parsed as object).flatMap(([split, paths]) => {
    if (!Array.isArray(paths)) throw new Error(`imageFolder: ${manifest}: split \`${split}\` is not a list of paths.`);
    return paths.map((path) => entry(manifest, { ...(typeof path === "string" ? { path } : path), split }));
  });
}

function parseCsv(manifest: string, text: string): Entry[] {
  const [header = [], ...rows] = lines(text).map(csvFields);
  if (!header.includes("path"))
    throw new Error(`imageFolder: ${manifest} needs a column \`path\`; it has ${quoted(header)}.`);
  return rows.map((row) => entry(manifest, Object.fromEntries(header.map((name, i) => [name, row[i]]))));
}

function entry(manifest: string, value: unknown): Entry {
  const { path, label, split } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (typeof path !== "string" || path === "")
    throw new Error(`imageFolder: ${manifest}: expected an entry with a \`path\`, got ${JSON.stringify(value)}.`);
  const normal = posix.normalize(path.replaceAll("\\", "/"));
  const folder = posix.basename(posix.dirname(normal));
  if (label === undefined && (folder === "." || folder === ""))
    throw new Error(`imageFolder: ${manifest}: ${path} has neither a label nor a folder that names its class.`);
  return {
    path: normal,
    label: label === undefined ? folder : String(label),
    split: split === undefined ? undefined : String(split),
  };
}

/** An image in two splits makes a test on what was trained on. */
function requireDistinctImages(manifest: string, entries: readonly Entry[]): void {
  const seen = new Map<string, Entry>();
  for (const item of entries) {
    const before = seen.get(item.path);
    if (before)
      throw new Error(
        before.split === item.split
          ? `imageFolder: ${manifest} lists ${item.path} twice.`
          : `imageFolder: ${manifest} has ${item.path} in two splits, \`${before.split}\` and \`${item.split}\`.`,
      );
    seen.set(item.path, item);
  }
}
