import type { Results } from "../results.js";
import type { Row } from "../row.js";
import { compact, megabytes, stepName } from "./format.js";

const HEAD = [
  ...["case", "engine", "step", "samples/s", "p50 ms", "p95 ms", "± %", "first ms", "forward ms", "backward ms"],
  ...["optimizer ms", "peak MB", "params", "MACs", "notes"],
];

/** The same table with the parts in milliseconds, ready for a page, over a line on where it was measured. */
export function markdown({ date, machine, seed, rows }: Results): string {
  const { cpu, cores, memory, os, node, load, git } = machine;
  const tfjs = rows.flatMap(({ observations }) => observations).at(0)?.tfjs ?? "?";
  return [
    `${cpu}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GB · ${os} · Node ${node} · tfjs ${tfjs} · ` +
      `load ${load[0]!.toFixed(1)} · commit ${git ?? "none"} · seed ${seed} · ${date.slice(0, 10)}`,
    "",
    line(HEAD),
    line(HEAD.map((_, i) => (i < 3 || i === HEAD.length - 1 ? "---" : "---:"))),
    ...rows.map((row) => line(cells(row))),
    "",
  ].join("\n");
}

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

function cells(row: Row): string[] {
  const { stats, status, mode, notes } = row;
  const ms = (x: number) => compact(x);
  const numbers =
    stats && status !== "INVALID"
      ? [
          ...[compact(stats.samplesPerSecond), ms(stats.p50), ms(stats.p95), stats.rme.toFixed(1), ms(stats.first)],
          ...[stats.forward, stats.backward, stats.optimizer].map((part) => (mode === "train" ? ms(part) : "")),
          ...[megabytes(stats.memory), compact(stats.params), compact(stats.macs)],
        ]
      : Array<string>(11).fill("–");
  const remarks = [...(status === "ok" ? [] : [`**${status}**`]), ...notes].join("; ");
  return [row.case, row.engine ?? "–", stepName(row), ...numbers, remarks];
}
