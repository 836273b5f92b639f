import Table from "cli-table3";
import type { StrategyRun } from "../run.js";

/** Top-1 accuracy by strategy and number of views, no wider than a terminal. */
export function accuracyTable(strategies: readonly StrategyRun[]): string {
  const counts = [...new Set(strategies.flatMap((s) => s.accuracy.map((a) => a.views)))].sort((a, b) => a - b);
  const heads = counts.map((n) => `${n} view${n > 1 ? "s" : ""}`);
  const table = new Table({
    head: ["top-1 accuracy, %", ...heads],
    colAligns: ["left", ...counts.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, accuracy } of strategies)
    table.push([name, ...counts.map((n) => percent(accuracy.find(({ views }) => views === n)?.top1))]);
  return table.toString();
}

const percent = (share: number | undefined) => (share === undefined ? "–" : (100 * share).toFixed(1));
