import { markdownTable } from "@fovea/experiment/console";
import { compareEngines, enginesOf, hasTimes, timesAsFast } from "../compare-engines.js";
import { isPeer, type Runner } from "../job.js";
import type { Row, Stats } from "../row.js";
import { time, times } from "./engines-table.js";
import { compact, megabytes, stepName } from "./format.js";

/** How many times as fast each engine is as each peer; empty without a peer. */
export function ratios(rows: readonly Row[]): string {
  const runners = enginesOf(rows);
  const pairs = runners
    .filter((own) => !isPeer(own))
    .flatMap((own) => runners.filter(isPeer).map((peer) => [own, peer] as const));
  if (pairs.length === 0) return "";
  const names = pairs.map(([own, peer]) => `${own} × ${peer}`);
  return lines(rows, names, (by) => pairs.map(([own, peer]) => factor(by.get(own), by.get(peer))));
}

/** The median step of each runner, in ms. */
export const stepTimes = (rows: readonly Row[]): string => eachRunner(rows, time);

/** The first step of each runner, in ms. */
export const firstSteps = (rows: readonly Row[]): string =>
  eachRunner(
    rows,
    stat(({ first }) => compact(first)),
  );

/** The peak memory of each runner, in MB. */
export const peaks = (rows: readonly Row[]): string =>
  eachRunner(
    rows,
    stat(({ memory }) => megabytes(memory)),
  );

const factor = (own: Row | undefined, peer: Row | undefined): string => (own ? times(timesAsFast(own, peer)) : "–");

const stat = (text: (stats: Stats) => string) => (row: Row | undefined) =>
  row && hasTimes(row) ? text(row.stats!) : "–";

function eachRunner(rows: readonly Row[], cell: (row: Row | undefined) => string): string {
  const runners = enginesOf(rows);
  return lines(
    rows,
    runners.map((runner) => runner ?? "–"),
    (by) => runners.map((runner) => cell(by.get(runner))),
  );
}

/** A table with a line for each step and number of threads. */
function lines(
  rows: readonly Row[],
  names: readonly string[],
  cells: (by: ReadonlyMap<Runner | null, Row>) => string[],
): string {
  const table = compareEngines(rows).map(({ first, by }) => [
    first.case,
    stepName(first),
    `${first.threads ?? "–"}`,
    ...cells(by),
  ]);
  return markdownTable({ head: ["case", "step", "threads", ...names], rows: table, words: 2 });
}
