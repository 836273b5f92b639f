import { quantile, sum } from "simple-statistics";
import type { Observation, Samples } from "./worker/protocol.js";
import type { Job } from "./job.js";
import { compact } from "./report/format.js";
import { median } from "@fovea/experiment/console";

/**
 * `LEAK`: tensors stay behind at every step. `INVALID`: not the reference's numbers. `ERROR`: no numbers at all.
 * `TOO LARGE`: not tried, since it would take too much memory; no failure.
 */
export type Status = "ok" | "LEAK" | "INVALID" | "ERROR" | "TOO LARGE";

/** The numbers of a row. Times are milliseconds, of the steps of all observations together. */
export interface Stats {
  /** How many steps were timed. */
  readonly steps: number;
  /** batch / p50 */
  readonly samplesPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  /** 95 % margin of the mean step in percent: the worst of the observations'. */
  readonly rme: number;
  /** Median of the first steps. */
  readonly first: number;
  /** Median of the forward part of a step, and of the other parts. */
  readonly forward: number;
  readonly backward: number;
  readonly optimizer: number;
  /** Most bytes resident beyond those that the idle engine held. */
  readonly memory: number;
  readonly tensorsLeft: number;
  readonly params: number;
  /** Multiply–accumulates of one sample's inference. */
  readonly macs: number;
}

/** One line of a result: what was measured, how it went, and all that was found. */
export interface Row extends Job {
  readonly status: Status;
  /** What happened, and what is wrong. */
  readonly notes: readonly string[];
  /** Reasons to measure again. */
  readonly doubts: readonly string[];
  readonly stats: Stats | null;
  readonly observations: readonly Observation[];
}

/**
 * The row of a job.
 *
 * @param notes - what happened on the way
 * @param error - the reason why the last observation failed, if it did
 */
export function rowOf(
  job: Job,
  observations: readonly Observation[],
  notes: readonly string[],
  error: string | null,
): Row {
  const [any] = observations;
  if (!any)
    return { ...job, status: "ERROR", notes: [...notes, error ?? "not run"], doubts: [], stats: null, observations };
  const stats = statsOf(job, observations);
  const invalid = observations.find((one) => one.invalid)?.invalid;
  return {
    ...job,
    engine: any.engine,
    status: invalid ? "INVALID" : stats.tensorsLeft !== 0 ? "LEAK" : "ok",
    notes: [
      ...notes,
      ...(invalid ? [invalid] : []),
      ...(stats.tensorsLeft !== 0 ? [`${compact(stats.tensorsLeft)} tensors more after every step`] : []),
      ...(error ? [`an observation failed: ${error}`] : []),
      ...(Object.keys(any.fallbacks).length > 0 ? [`fallbacks to JavaScript a step: ${calls(any.fallbacks)}`] : []),
    ],
    doubts: doubtsOf(stats, observations),
    stats,
    observations,
  };
}

/** The row of a job that was not tried. */
export const tooLargeRow = (job: Job, reason: string): Row => ({
  ...{ ...job, status: "TOO LARGE", notes: [reason], doubts: [], stats: null, observations: [] },
});

/** Whether nothing is wrong with a row. */
export const isSuccess = ({ status }: Row): boolean => status === "ok" || status === "TOO LARGE";

/** Kernels with their calls, the most called first. */
const calls = (fallbacks: Observation["fallbacks"]): string =>
  Object.entries(fallbacks)
    .sort(([, a], [, b]) => b - a)
    .map(([kernel, calls]) => `${kernel} ${compact(calls)}`)
    .join(", ");

function statsOf({ batch }: Job, observations: readonly Observation[]): Stats {
  const pool = (part: keyof Samples) => observations.flatMap(({ samples }) => samples[part]);
  const worst = (pick: (one: Observation) => number) => Math.max(...observations.map(pick));
  const step = pool("step");
  const p50 = quantile(step, 0.5);
  return {
    steps: step.length,
    samplesPerSecond: (1000 * batch) / p50,
    p50,
    p95: quantile(step, 0.95),
    rme: worst(({ rme }) => rme),
    first: quantile(
      observations.map(({ first }) => first),
      0.5,
    ),
    forward: quantile(pool("forward"), 0.5),
    backward: quantile(pool("backward"), 0.5),
    optimizer: quantile(pool("optimizer"), 0.5),
    memory: worst(({ rss }) => rss.peak - rss.baseline),
    tensorsLeft: worst(({ tensorsLeft }) => tensorsLeft),
    params: observations[0]!.params,
    macs: observations[0]!.macs,
  };
}

/** Warnings of a wide margin, and of steps that get slower or faster as they go. */
function doubtsOf({ rme }: Stats, observations: readonly Observation[]): string[] {
  const drift = Math.max(...observations.map(({ samples }) => Math.abs(driftOf(samples.step))));
  return [
    ...(rme > 5 ? [`noisy: ±${compact(rme)} %`] : []),
    ...(drift > 0.1 ? [`drift: first and last third ${compact(100 * drift)} % apart`] : []),
  ];
}

/** The median step of each process, in the order they ran. */
export const mediansOf = ({ observations }: Pick<Row, "observations">): number[] =>
  observations.map(({ samples }) => median(samples.step));

/** How much slower the last third of the steps is than the first, as a fraction; 0 for fewer than six steps. */
export function driftOf(steps: readonly number[]): number {
  const third = Math.floor(steps.length / 3);
  if (third < 2) return 0;
  const mean = (part: readonly number[]) => sum(part as number[]) / part.length;
  return mean(steps.slice(-third)) / mean(steps.slice(0, third)) - 1;
}
