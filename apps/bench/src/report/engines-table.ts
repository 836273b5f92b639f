import { compareEngines, enginesOf, hasTimes, timesAsFast } from "../compare-engines.js";
import type { Row } from "../row.js";
import type { Estimate } from "@fovea/experiment/console";
import { compact, stepWithThreads } from "./format.js";
import type { Table } from "@fovea/experiment/console";

/**
 * A table whose columns are engines: the times of each, then how many times as fast the first is as each other one.
 *
 * @returns null for the rows of one engine
 */
export function enginesTable(rows: readonly Row[]): Table | null {
  const [first, ...others] = enginesOf(rows);
  if (others.length === 0) return null;
  const rounds = Math.max(...rows.map(({ observations }) => observations.length));
  const how = rounds > 1 ? `: median of ${rounds} rounds (95 % interval)` : "";
  const breakable = (name: string) => name.replace("-", "-\n"); // long names in two lines
  return {
    title: `p50 in ms, then how many times as fast ${first} is${how}`,
    head: [
      ...["case", "step", ...[first, ...others].map((engine) => breakable(`${engine}`))],
      ...others.map((engine) => breakable(`× ${engine}`)),
    ],
    rows: compareEngines(rows).map(({ first: row, by }) => [
      row.case,
      stepWithThreads(row),
      ...[first, ...others].map((engine) => time(by.get(engine!))),
      ...others.map((engine) => times(timesAsFast(row, by.get(engine!)))),
    ]),
    words: 2,
  };
}

/** The p50 of a row, or why there is none. */
export const time = (row: Row | undefined): string =>
  row ? (hasTimes(row) ? compact(row.stats!.p50) : row.status) : "–";

/** A factor, with its interval if there is one. */
export const times = (ratio: Estimate | null): string => {
  if (!ratio) return "–";
  const interval = Number.isFinite(ratio.high) ? ` (${compact(ratio.low)}–${compact(ratio.high)})` : "";
  return `${compact(ratio.value)}×${interval}`;
};
