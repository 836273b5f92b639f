import { taskOf, type Runner } from "./job.js";
import { mediansOf, type Row } from "./row.js";
import { ratioOfRounds, type Estimate } from "@fovea/experiment/console";

/** One task, done by several engines. */
export interface EngineComparison {
  /** The row of the first engine that has one. */
  readonly first: Row;
  readonly by: ReadonlyMap<Runner | null, Row>;
}

/** Groups the rows that differ in nothing but the engine. */
export function compareEngines(rows: readonly Row[]): EngineComparison[] {
  const groups = new Map<string, Map<Runner | null, Row>>();
  for (const row of rows) {
    const key = taskOf(row);
    groups.set(key, (groups.get(key) ?? new Map<Runner | null, Row>()).set(row.engine, row));
  }
  return [...groups.values()].map((by) => ({ first: [...by.values()][0]!, by }));
}

/** The engines of the rows, in their order. */
export const enginesOf = (rows: readonly Row[]): (Runner | null)[] => [...new Set(rows.map(({ engine }) => engine))];

/** Whether a row's times may be shown: wrong numbers may come fast. */
export const hasTimes = ({ stats, status }: Row): boolean => stats !== null && status !== "INVALID";

/**
 * How many times as fast one row is as another, from the rounds that both were measured in; null where one has no
 * times.
 */
export const timesAsFast = (fast: Row, slow: Row | undefined): Estimate | null =>
  slow && hasTimes(fast) && hasTimes(slow) ? ratioOfRounds(mediansOf(slow), mediansOf(fast)) : null;
