import { bootstrapMean, exponentiate, type Estimate } from "@fovea/experiment/console";
import type { Results } from "./results.js";
import { mediansOf, type Row } from "./row.js";

export type Verdict = "faster" | "slower" | "inconclusive" | "broken" | "repaired";

/** A row that is in both of two results. */
export interface Comparison {
  readonly base: Row;
  readonly head: Row;
  /** The time of a step, head over base; null where one has none. */
  readonly ratio: Estimate | null;
  readonly verdict: Verdict;
}

/** The interval must lie entirely beyond these for a verdict. */
const FASTER = 0.98;
const SLOWER = 1.05;

/** The rows that both have, in the order of `head`. */
export const compare = (base: Results, head: Results): Comparison[] =>
  head.rows.flatMap((row) => {
    const before = base.rows.find((other) => keyOf(other) === keyOf(row));
    return before ? [compareRows(before, row)] : [];
  });

/** A key that two rows of the same measurement share. */
export const keyOf = ({ case: name, engine, mode, batch, views, image, threads }: Row): string =>
  [name, engine, mode, batch, views, image, threads].join(" ");

function compareRows(base: Row, head: Row): Comparison {
  const [was, is] = [base, head].map(({ status }) => status === "ok");
  const ratio = base.stats && head.stats ? ratioOf(base, head) : null;
  if (was !== is) return { base, head, ratio, verdict: is ? "repaired" : "broken" };
  if (!ratio) return { base, head, ratio, verdict: "inconclusive" };
  const verdict = ratio.high < FASTER ? "faster" : ratio.low > SLOWER ? "slower" : "inconclusive";
  return { base, head, ratio, verdict };
}

/**
 * The ratio of two rows' times. Processes are the observations: the steps of one share its luck with memory and
 * neighbours. So the interval is that of the mean log-ratio of the processes' medians, paired in the order they ran.
 */
function ratioOf(base: Row, head: Row): Estimate {
  const [before, after] = [mediansOf(base), mediansOf(head)];
  const logs = after.slice(0, before.length).map((ms, i) => Math.log(ms / before[i]!));
  return exponentiate(bootstrapMean(logs));
}

/** The conditions, in words, that make the times of two results incomparable; empty if there are none. */
export function differentConditions(base: Results, head: Results): string[] {
  const [was, is] = [conditionsOf(base), conditionsOf(head)];
  return Object.entries(was).flatMap(([name, value]) => (is[name] === value ? [] : [`${name} ${value} → ${is[name]}`]));
}

const conditionsOf = ({ machine, budget }: Results): Record<string, string> => ({
  cpu: machine.cpu,
  cores: String(machine.cores),
  memory: `${(machine.memory / 2 ** 30).toFixed(0)} GB`,
  os: machine.os,
  node: machine.node,
  budget: `${budget.time} ms and ${budget.steps} steps`,
});
