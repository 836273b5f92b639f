import { readFile } from "node:fs/promises";
import { extname, posix } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { place } from "./lists.js";
import { quoted } from "./listing.js";

/** A line of a list of images with texts. */
export interface TextRow {
  /** Path inside the root, with `/`. */
  readonly image: string;
  /** The texts as they are written; perhaps none. */
  readonly texts: readonly string[];
  readonly label: string;
  readonly split: string | undefined;
  /** Where it stands: "path, line 3". */
  readonly at: string;
}

const COLUMNS = ["image", "text", "label", "split"];

/** Reads all rows of a .csv or .jsonl file. @throws Error with file and line for one that is not as it must be */
export async function readTextRows(who: string, file: string): Promise<TextRow[]> {
  const kind = extname(file).toLowerCase();
  if (![".csv", ".jsonl", ".ndjson"].includes(kind))
    throw new Error(`${who}: expected a list ending in .csv, .jsonl or .ndjson, got ${file}.`);
  const content = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${who}: ${error.code === "ENOENT" ? `there is no list ${file}.` : error.message}`);
  });
  const text = content.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const records = kind === ".csv" ? csvRecords(who, file, text) : jsonRecords(who, file, text);
  return records.map(({ fields, at }) => rowOf(who, fields, at));
}

interface Row {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly at: string;
}

/** Fields may be quoted, and then hold commas, quotes and line breaks (RFC 4180). */
function csvRecords(who: string, file: string, text: string): Row[] {
  const [header, ...rows] = parseCsv(who, file, text);
  if (!header) throw new Error(`${who}: ${file} is empty; its first line names the columns: ${COLUMNS.join(", ")}.`);
  const names = header.values.map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`${who}: ${header.at}: the column \`${twice}\` stands twice.`);
  requireColumns(who, names, header.at);
  const missing = COLUMNS.slice(0, 3).filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new Error(`${who}: ${header.at}: there is no column ${quoted(missing)}; it has ${quoted(names)}.`);
  return rows.map(({ values, at }) => ({ fields: Object.fromEntries(names.map((name, i) => [name, values[i]])), at }));
}

function parseCsv(who: string, file: string, text: string): { values: readonly string[]; at: string }[] {
  try {
    const records = parse(text, { info: true, raw: true, skipEmptyLines: true }) as unknown as readonly CsvRecord[];
    return records.map(({ record, raw, info }) => {
      const within = raw.replace(/^\n+|\n$/g, "").split("\n").length - 1; // line breaks in quotes
      return { values: record, at: place(file, info.lines - within - 1) };
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new Error(`${who}: ${place(file, Number(error["lines"]) - 1)}: it is not CSV (${error.message}).`);
  }
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly raw: string;
  /** `lines`: the number of its last line. */
  readonly info: { readonly lines: number };
}

const jsonRecords = (who: string, file: string, text: string): Row[] =>
  text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const at = place(file, i);
    const fields = parseJson(who, line, at);
    requireColumns(who, Object.keys(fields), at);
    return [{ fields, at }];
  });

function parseJson(who: string, line: string, at: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new Error(`${who}: ${at}: it is not JSON (${(error as Error).message}).`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new Error(
      `${who}: ${at}: expected an object with \`image\`, \`text\` and \`label\`, got \`${brief(line)}\`.`,
    );
  return parsed as Record<string, unknown>;
}

function requireColumns(who: string, names: readonly string[], at: string): void {
  const unknown = names.filter((name) => !COLUMNS.includes(name));
  if (unknown.length > 0)
    throw new Error(`${who}: ${at}: ${quoted(unknown)} is unknown; the columns are ${quoted(COLUMNS)}.`);
}

function rowOf(who: string, { image, text, label, split }: Row["fields"], at: string): TextRow {
  const named = (name: string, value: unknown) => {
    if ((typeof value === "string" && value.trim() !== "") || typeof value === "number") return String(value).trim();
    throw new Error(`${who}: ${at}: expected \`${name}\` to be a text or a number, got ${brief(value)}.`);
  };
  const blank = split === undefined || split === null || split === "";
  return {
    image: posix.normalize(named("image", image).replaceAll("\\", "/")),
    texts: textsOf(who, text, at),
    label: named("label", label),
    split: blank ? undefined : named("split", split),
    at,
  };
}

/** A text, a list of texts, or none. */
function textsOf(who: string, text: unknown, at: string): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(text) ? text : text === undefined || text === null ? [] : [text];
  if (!texts.every((value) => typeof value === "string"))
    throw new Error(`${who}: ${at}: expected \`text\` to be a text or a list of texts, got ${brief(text)}.`);
  return texts.filter((value) => value.trim() !== "");
}

const brief = (value: unknown): string => {
  const text = typeof value === "string" ? value.trim() : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 80)}…` : text || "an empty text";
};
