import type { Results } from "../results.js";
import type { Row } from "../row.js";
import { headline } from "./headline.js";
import { compact, megabytes, stepName } from "./format.js";

const HEAD = [
  ...["case", "engine", "step", "samples/s", "p50 ms", "p95 ms", "± %", "first ms", "forward ms", "backward ms"],
  ...["optimizer ms", "peak MB", "params", "MACs", "notes"],
];

/** The same table with the parts in milliseconds, ready for a page, over a line on where it was measured. */
export function markdown(results: Results): string {
  return [
    headline(results),
    "",
    line(HEAD),
    line(HEAD.map((_, i) => (i < 3 || i === HEAD.length - 1 ? "---" : "---:"))),
    ...results.rows.map((row) => line(cells(row))),
    "",
  ].join("\n");
}

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
