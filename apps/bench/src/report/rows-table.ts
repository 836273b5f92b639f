import { hasTimes } from "../compare-engines.js";
import type { Row, Stats } from "../row.js";
import { compact, megabytes, stepName, stepWithThreads, threadsText } from "./format.js";
import type { Table } from "@fovea/experiment/console";

const TEXT_HEAD = [
  ...["case", "step", "sam-\nples/s", "p50\nms", "p95\nms", "±\n%", "first\nms", "fwd/bwd\n/opt %", "peak\nMB"],
  ...["par-\nams", "MACs", ""],
];

/** A table for each engine and number of threads, at most 100 columns wide, with notes on single rows under it. */
export function textTables(rows: readonly Row[]): Table[] {
  const titles = [...new Set(rows.map(titleOf))];
  return titles.map((title) => {
    const own = rows.filter((row) => titleOf(row) === title);
    return {
      title,
      head: TEXT_HEAD,
      rows: own.map((row, i) => [
        row.case === own[i - 1]?.case ? "" : row.case, // in its first line only
        ...[stepName(row), ...cellsOf(row, 9, textNumbers), row.status === "ok" ? "" : row.status],
      ]),
      words: 2,
      notes: notesOf(own),
    };
  });
}

const titleOf = (row: Row): string =>
  ["engine:", row.engine ?? "none started", threadsText(row) && `· ${threadsText(row)}`].filter(Boolean).join(" ");

const MARKDOWN_HEAD = [
  ...["case", "engine", "step", "samples/s", "p50 ms", "p95 ms", "± %", "first ms", "forward ms", "backward ms"],
  ...["optimizer ms", "peak MB", "params", "MACs", "notes"],
];

/** A table of all rows for a page, with the parts of a step in milliseconds. */
export const pageTable = (rows: readonly Row[]): Table => ({
  head: MARKDOWN_HEAD,
  rows: rows.map((row) => {
    const status = row.status === "ok" ? [] : [`**${row.status}**`];
    const notes = [...status, ...row.notes, ...row.doubts].join("; ");
    return [row.case, row.engine ?? "–", stepWithThreads(row), ...cellsOf(row, 11, pageNumbers), notes];
  }),
  words: 3,
});

/** The cells of a row's numbers. Wrong numbers are not shown, however fast they came. */
const cellsOf = (row: Row, count: number, numbers: (stats: Stats, row: Row) => string[]): string[] =>
  hasTimes(row) ? numbers(row.stats!, row) : Array<string>(count).fill("–");

const textNumbers = (stats: Stats, { mode }: Row): string[] => [
  ...[stats.samplesPerSecond, stats.p50, stats.p95].map(compact),
  stats.steps < 4 ? "" : stats.rme.toFixed(0), // a margin of two or three steps says nothing
  compact(stats.first),
  mode === "train" && isSplit(stats) ? shares(stats) : "",
  ...[megabytes(stats.memory), compact(stats.params), compact(stats.macs)],
];

const pageNumbers = (stats: Stats, { mode }: Row): string[] => [
  ...[compact(stats.samplesPerSecond), compact(stats.p50), compact(stats.p95), stats.rme.toFixed(1)],
  compact(stats.first),
  ...[stats.forward, stats.backward, stats.optimizer].map((part) =>
    mode === "train" && isSplit(stats) ? compact(part) : "",
  ),
  ...[megabytes(stats.memory), compact(stats.params), compact(stats.macs)],
];

/** Whether the parts of a step are known: in a compiled step they cannot be told apart. */
const isSplit = ({ backward, optimizer }: Stats): boolean => backward + optimizer > 0;

function shares({ forward, backward, optimizer }: Stats): string {
  const sum = forward + backward + optimizer;
  return [forward, backward, optimizer].map((part) => ((100 * part) / sum).toFixed(0)).join("/");
}

/** Everything that is noted about rows, and how many of them should be measured again. */
function notesOf(rows: readonly Row[]): string[] {
  const notes = rows.flatMap((row) => row.notes.map((note) => `${row.case} ${stepName(row)}: ${note}`));
  const doubtful = rows.filter(({ doubts }) => doubts.length > 0).length;
  const advice = "noisy (± above 5 %) or drift: measure again on a quiet machine.";
  return doubtful > 0 ? [...notes, `${doubtful} of ${rows.length} rows are ${advice}`] : notes;
}
