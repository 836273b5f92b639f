import type { Comparison } from "../compare.js";
import { change, compact, stepWithThreads } from "./format.js";
import { textTable } from "@fovea/experiment/console";

const HEAD = ["case", "step", "engine", "base ms", "head ms", "time", "95 % interval", "verdict"];

/** A table of comparisons, with a line under it for each count that changed: those do not vary from run to run. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ base, head, ratio, verdict }) => [
    head.case,
    stepWithThreads(head),
    head.engine ?? "–",
    ...[base, head].map(({ stats }) => (stats ? compact(stats.p50) : "–")),
    ratio ? change(ratio.value) : "–",
    ratio && Number.isFinite(ratio.high) ? `${change(ratio.low)} … ${change(ratio.high)}` : "–",
    verdict,
  ]);
  return textTable({ head: HEAD, rows, words: 3, notes: comparisons.flatMap(changes) });
}

function changes({ base, head }: Comparison): string[] {
  const name = `${head.case} ${stepWithThreads(head)}`;
  const counts = (["params", "macs", "tensorsLeft"] as const).flatMap((key) => {
    const [before, after] = [base.stats?.[key], head.stats?.[key]];
    return before === undefined || after === undefined || before === after
      ? []
      : [`${name}: ${key} ${before} → ${after}`];
  });
  return base.status === head.status ? counts : [...counts, `${name}: ${base.status} → ${head.status}`];
}
