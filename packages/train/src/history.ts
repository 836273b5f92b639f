import { described } from "./described.js";

/** Numbers by name. */
export type Metrics = Readonly<Record<string, number>>;

/** The metrics of one epoch. */
export interface EpochRecord {
  /** Counted from 0. */
  readonly epoch: number;
  /** Steps done so far in the run. */
  readonly steps: number;
  /** Means over the epoch's steps, and what callbacks measured after it. */
  readonly metrics: Metrics;
}

/** The run so far. Saved with every checkpoint, so that a resumed run has all of it. Plain data. */
export interface History {
  /**
   * One number a step, in float32, by name: `loss`, `loss/term` for each term, `learningRate` and what else a schedule
   * moves, `gradientNorm` (before clipping). NaN for a term that a step did not have.
   */
  readonly steps: Record<string, number[]>;
  readonly epochs: EpochRecord[];
  /** Why the run ended before its last step: `aborted: …`, or what a callback said; null if it did not. */
  stopped: string | null;
}

export const emptyHistory = (): History => ({ steps: {}, epochs: [], stopped: null });

/** Whether a column holds a hyperparameter. */
export const isScheduled = (name: string): boolean =>
  name !== "loss" && !name.startsWith("loss/") && name !== "gradientNorm";

/** Adds the numbers of step `step`. */
export function addStep({ steps }: History, step: number, values: Metrics): void {
  for (const name of Object.keys(values)) steps[name] ??= Array.from({ length: step }, () => NaN);
  for (const [name, column] of Object.entries(steps)) column.push(Math.fround(values[name] ?? NaN));
}

/** The means of steps `from` to `to` − 1, of the columns that have a number in each of them. */
export function meanSteps({ steps }: History, from: number, to: number): Metrics {
  const mean = (column: readonly number[]) => column.slice(from, to).reduce((sum, x) => sum + x, 0) / (to - from);
  const means = Object.entries(steps).map(([name, column]) => [name, mean(column)] as const);
  return Object.fromEntries(means.filter(([, value]) => !Number.isNaN(value)));
}

/** Refuses metrics that are not numbers, which could not be saved. @throws TypeError that names the metric */
export function requireNumbers(measured: Metrics = {}): Metrics {
  for (const [name, value] of Object.entries(measured))
    if (typeof value !== "number")
      throw new TypeError(`fit: \`measure\` of a callback must return numbers; ${name} is ${described(value)}.`);
  return measured;
}

/** Whether lower or higher values of a metric are better. */
export type Mode = "min" | "max";

/** The records that have the metric, and where among them the best (the first of equals) is; −1 if there is none. */
export function bestEpoch(
  epochs: readonly EpochRecord[],
  monitor: string,
  mode: Mode,
): { readonly records: readonly EpochRecord[]; readonly best: number } {
  const records = epochs.filter(({ metrics }) => !Number.isNaN(metrics[monitor] ?? NaN));
  const score = (i: number) => records[i]!.metrics[monitor]! * (mode === "max" ? 1 : -1);
  return { records, best: records.reduce((best, _, i) => (best < 0 || score(i) > score(best) ? i : best), -1) };
}
