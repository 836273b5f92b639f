import type { SkippedImage } from "../image.js";
import { idList } from "./label-map.js";

/** How often an id occurs. */
export interface IdCount {
  readonly id: number;
  readonly pixels: number;
  /** Label maps that have it. */
  readonly files: number;
  /** The first of these. */
  readonly first: string;
}

/** What label maps hold. */
export interface LabelCounts {
  readonly name: string;
  readonly classes: readonly string[];
  readonly ignore: number;
  /** Label maps that were looked at, those that failed included. */
  readonly files: number;
  /** Every id that occurs, ascending, ignored pixels included. */
  readonly ids: readonly IdCount[];
  /** Label maps in which all pixels are ignored. */
  readonly empty: readonly string[];
  /** Number of label maps with a colour table. Their ids are used, never the colours. */
  readonly palettes: number;
  /** Label maps that cannot be used, and why: RGB masks, missing files, other sizes than their images, … */
  readonly failures: readonly SkippedImage[];
}

/** What label maps hold, and what is wrong with them. */
export interface LabelReport extends LabelCounts {
  /** The ids that are neither a class nor ignored; none if the classes are not known. */
  readonly outside: readonly IdCount[];
  /** Share of ignored pixels, 0 … 1. */
  readonly ignoredShare: number;
  /** Classes of which no label map has a pixel. */
  readonly absent: readonly string[];
  /** What keeps a network from learning, a sentence each; empty if all is well. */
  readonly problems: readonly string[];
  /** What may be meant so, but often is not, a sentence each. */
  readonly warnings: readonly string[];
  /** All of this to read: a table of the ids, and the sentences. */
  readonly text: string;
}

/** What is wrong with label maps that hold this, and all of it as a text. */
export function describeLabels(counts: LabelCounts): LabelReport {
  const { ids, classes, ignore } = counts;
  const known = classes.length > 0;
  const isOutside = ({ id }: IdCount) => known && id >= classes.length && id !== ignore;
  const pixels = ids.reduce((sum, id) => sum + id.pixels, 0);
  const ignored = ids.find(({ id }) => id === ignore)?.pixels ?? 0;
  const found = {
    ...counts,
    outside: ids.filter(isOutside),
    ignoredShare: pixels === 0 ? 0 : ignored / pixels,
    absent: classes.filter((_, id) => !ids.some((other) => other.id === id && id !== ignore)),
  };
  const sentences = { problems: problemsOf(found), warnings: warningsOf(found) };
  return { ...found, ...sentences, text: textOf({ ...found, ...sentences }, pixels) };
}

type Found = Omit<LabelReport, "problems" | "warnings" | "text">;

function problemsOf(found: Found): string[] {
  const { failures, outside, classes, ignore, ids, files } = found;
  const problems: string[] = [];
  if (failures.length > 0)
    problems.push(
      `${failures.length} of ${files} label maps cannot be used:\n${firstOf(failures.map(({ reason }) => `  ${reason}`))}`,
    );
  if (outside.length > 0)
    problems.push(
      `${idList(outside.map(({ id }) => id))} ${outside.length === 1 ? "is" : "are"} neither a class (0 … ` +
        `${classes.length - 1}) nor ignored (${ignore}); the first is in ${outside[0]!.first}${adviceOn(found)}.`,
    );
  if (!ids.some(({ id }) => id !== ignore))
    problems.push(files === 0 ? "There is no label map." : "No pixel has a class: all are ignored.");
  return problems;
}

/** What the ids look like. */
function adviceOn({ outside, classes, ids }: Found): string {
  const [first] = outside;
  if (outside.length === 1 && first!.id === classes.length)
    return "; if ids count from 1 and 0 is unlabelled, set `reduceZeroLabel`; if not, `classes` lacks one";
  if (ids.length === 2 && ids[0]!.id === 0) return `; if ${first!.id} stands for class 1, write the maps with 0 and 1`;
  return "";
}

function warningsOf({ empty, absent, ids, ignore, classes }: Found): string[] {
  const warnings: string[] = [];
  const [first, second] = ids;
  if (ids.length === 2 && first!.id === 0 && second!.id === ignore && classes.length > 1)
    warnings.push(
      `The only ids are 0 and ${ignore}: if ${ignore} stands for a class, it is ignored, and nothing is learned.`,
    );
  if (empty.length > 0)
    warnings.push(`All pixels are ignored in ${empty.length}:\n${firstOf(empty.map((id) => `  ${id}`))}`);
  if (absent.length > 0)
    warnings.push(
      `No label map has ${absent.length} of the classes: ${absent.slice(0, 8).join(", ")}${absent.length > 8 ? ", …" : ""}.`,
    );
  return warnings;
}

const firstOf = (lines: readonly string[]): string =>
  lines.slice(0, 5).join("\n") + (lines.length > 5 ? `\n  and ${lines.length - 5} more` : "");

function textOf(
  { name, files, classes, ids, ignore, palettes, problems, warnings }: Omit<LabelReport, "text">,
  pixels: number,
): string {
  const share = (count: number) => `${((100 * count) / pixels).toFixed(2)} %`;
  const nameOf = (id: number) =>
    id === ignore ? "(ignored)" : (classes[id] ?? (classes.length > 0 ? "(no class)" : ""));
  const rows = ids.map((id) => [`${id.id}`, nameOf(id.id), `${id.pixels}`, share(id.pixels), `${id.files}`]);
  const lines = [
    `${name}: ${files} label maps${palettes > 0 ? `, ${palettes} of them with a colour table` : ""}`,
    ...(rows.length > 0 ? table([["id", "class", "pixels", "share", "files"], ...rows]) : []),
    ...problems.map((problem) => `Problem: ${problem}`),
    ...warnings.map((warning) => `Note: ${warning}`),
  ];
  return lines.join("\n");
}

/** Columns of equal width; numbers to the right, names to the left. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  "),
  );
}
