import type { Results } from "../results.js";
import type { Row } from "../row.js";
import { headline } from "./headline.js";
import { compact, megabytes, stepName } from "./format.js";
import { sideBySideCells } from "./side-by-side-table.js";

const HEAD = [
  ...["case", "engine", "step", "samples/s", "p50 ms", "p95 ms", "± %", "first ms", "forward ms", "backward ms"],
  ...["optimizer ms", "peak MB", "params", "MACs", "notes"],
];

/** The same tables with the parts in milliseconds, ready for a page, over a line on where it was measured. */
export const markdown = (results: Results): string =>
  [headline(results), sideBySideMarkdown(results.rows), rowsMarkdown(results.rows)].filter(Boolean).join("\n\n") + "\n";

/** One line a row. */
export const rowsMarkdown = (rows: readonly Row[]): string =>
  markdownTable(HEAD, rows.map(cells), [0, 1, 2, HEAD.length - 1]);

/** Engines as columns, or nothing for the rows of one engine. */
export function sideBySideMarkdown(rows: readonly Row[]): string {
  const cells = sideBySideCells(rows);
  return cells ? `${cells.title}:\n\n${markdownTable(cells.head, cells.rows, [0, 1])}` : "";
}

/** @param names - the columns that hold words; all others are to the right */
export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  names: readonly number[],
): string => [head, head.map((_, i) => (names.includes(i) ? "---" : "---:")), ...rows].map(line).join("\n");

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

function cells(row: Row): string[] {
  const { stats, status, mode, notes, doubts } = row;
  const ms = (x: number) => compact(x);
  const numbers =
    stats && status !== "INVALID"
      ? [
          ...[compact(stats.samplesPerSecond), ms(stats.p50), ms(stats.p95), stats.rme.toFixed(1), ms(stats.first)],
          ...[stats.forward, stats.backward, stats.optimizer].map((part) => (mode === "train" ? ms(part) : "")),
          ...[megabytes(stats.memory), compact(stats.params), compact(stats.macs)],
        ]
      : Array<string>(11).fill("–");
  const remarks = [...(status === "ok" ? [] : [`**${status}**`]), ...notes, ...doubts].join("; ");
  return [row.case, row.engine ?? "–", stepName(row), ...numbers, remarks];
}
