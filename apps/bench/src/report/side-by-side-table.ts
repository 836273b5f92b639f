import type { Row } from "../row.js";
import { enginesOf, hasTimes, sideBySide, timesAsFast } from "../side-by-side.js";
import type { Estimate } from "../statistics.js";
import { compact, stepName } from "./format.js";
import { plainTable } from "./plain-table.js";

/** A table whose columns are engines: the times of each, then how many times as fast the first is as each other. */
export interface SideBySide {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** @returns null for the rows of one engine */
export function sideBySideCells(rows: readonly Row[]): SideBySide | null {
  const [first, ...others] = enginesOf(rows);
  if (others.length === 0) return null;
  const rounds = Math.max(...rows.map(({ observations }) => observations.length));
  const how = rounds > 1 ? `: median of ${rounds} rounds (95 % interval)` : "";
  return {
    title: `p50 in ms, then how many times as fast ${first} is${how}`,
    head: [
      "case",
      "step",
      ...[first, ...others].map((engine) => `${engine}`),
      ...others.map((engine) => `× ${engine}`),
    ],
    rows: sideBySide(rows).map(({ first: row, by }) => [
      row.case,
      stepName(row),
      ...[first, ...others].map((engine) => time(by.get(engine!))),
      ...others.map((engine) => times(timesAsFast(row, by.get(engine!)))),
    ]),
  };
}

/** For a terminal, or nothing for the rows of one engine. */
export function sideBySideTable(rows: readonly Row[]): string {
  const cells = sideBySideCells(rows);
  if (!cells) return "";
  const head = cells.head.map((name) => name.replace("-", "-\n")); // long names in two lines
  return `${cells.title}\n${plainTable(head, cells.rows, 2)}`;
}

const time = (row: Row | undefined): string => (row ? (hasTimes(row) ? compact(row.stats!.p50) : row.status) : "–");

const times = (ratio: Estimate | null): string => {
  if (!ratio) return "–";
  const interval = Number.isFinite(ratio.high) ? ` (${compact(ratio.low)}–${compact(ratio.high)})` : "";
  return `${compact(ratio.value)}×${interval}`;
};
