import type { Row, Stats } from "../row.js";
import { compact, megabytes, stepName } from "./format.js";
import { plainTable } from "./plain-table.js";

const HEAD = [
  "case",
  "step",
  "samples\n/s",
  "p50\nms",
  "p95\nms",
  "±\n%",
  "first\nms",
  "fwd/bwd\n/opt %",
  "peak\nMB",
  "params",
  "MACs",
  "",
];

/** One block of lines an engine, at most 100 columns wide, then what to know about single rows. */
export function table(rows: readonly Row[]): string {
  const engines = [...new Set(rows.map(({ engine }) => engine))];
  return engines
    .map((engine) => {
      const own = rows.filter((row) => row.engine === engine);
      return [`engine: ${engine ?? "none started"}`, plainTable(HEAD, lines(own), 2), ...remarks(own)].join("\n");
    })
    .join("\n\n");
}

/** The name of a case stands in its first line only. */
const lines = (rows: readonly Row[]): string[][] =>
  rows.map((row, i) => [
    row.case === rows[i - 1]?.case ? "" : row.case,
    stepName(row),
    ...numbers(row),
    row.status === "ok" ? "" : row.status,
  ]);

/** Wrong numbers are not shown, however fast they came. */
const numbers = ({ status, mode, stats }: Row): string[] =>
  stats && status !== "INVALID"
    ? [
        ...[stats.samplesPerSecond, stats.p50, stats.p95].map(compact),
        stats.steps < 4 ? "" : stats.rme.toFixed(0), // a margin of two or three steps says nothing
        compact(stats.first),
        mode === "train" ? shares(stats) : "",
        megabytes(stats.memory),
        compact(stats.params),
        compact(stats.macs),
      ]
    : Array<string>(9).fill("–");

function shares({ forward, backward, optimizer }: Stats): string {
  const whole = forward + backward + optimizer;
  return [forward, backward, optimizer].map((part) => ((100 * part) / whole).toFixed(0)).join("/");
}

function remarks(rows: readonly Row[]): string[] {
  const notes = rows.flatMap((row) => row.notes.map((note) => `  ${row.case} ${stepName(row)}: ${note}`));
  const doubtful = rows.filter(({ doubts }) => doubts.length > 0).length;
  const advice = "noisy (± above 5 %) or drift: measure again on a quiet machine.";
  return doubtful > 0 ? [...notes, `  ${doubtful} of ${rows.length} rows are ${advice}`] : notes;
}
