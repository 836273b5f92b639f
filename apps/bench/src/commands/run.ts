import os from "node:os";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import type { Budget, Job, LocalRunner, Mode } from "../job.js";
import { plan } from "../plan.js";
import { references, uncheckedNotes } from "../references.js";
import { markdownSummary, textSummary } from "../report/summary.js";
import { select } from "../select.js";
import { workerClient } from "../worker/client.js";
import { runSuite } from "./run-suite.js";

/** Options that every suite has. */
export interface CommonOptions {
  /** What is measured. Default: each mode that a case has; with `quick`, training. */
  readonly mode?: readonly Mode[];
  /** The longest time that a process may take, in seconds. */
  readonly timeout: number;
  /** Whether few steps are measured, by several processes at a time. Default: no. */
  readonly quick?: boolean;
  /** File for all samples. Default: none. */
  readonly json?: string;
  /** File for the table or page. Default: none. */
  readonly md?: string;
}

/** Options of `bench [cases...]`. */
export interface RunOptions extends CommonOptions {
  /** Engines. Default: the best that works. */
  readonly engine?: readonly LocalRunner[];
  /** Samples in a step. Default: each case's own. */
  readonly batch?: readonly number[];
  /** Views of a collection. */
  readonly views: readonly number[];
  /** Side of an image in pixels. Default: each case's own. */
  readonly image?: number;
  /** Seed of weights and inputs. */
  readonly seed: number;
  /** Fresh processes for each row. */
  readonly observations: number;
}

export const NORMAL: Budget = { time: 400, steps: 3 };
const QUICK: Budget = { time: 50, steps: 1 };

/**
 * Measures the cases of the default suite, prints and saves.
 *
 * @returns the exit code: 1 if a row is not ok, 130 if interrupted
 */
export async function run(patterns: readonly string[], options: RunOptions, signal: AbortSignal): Promise<number> {
  const { quick, observations, seed, json, md } = options;
  const jobs = jobsOf(patterns, options);
  const send = workerClient({ signal, timeout: options.timeout * 1000 });
  const budget = quick ? QUICK : NORMAL;
  return runSuite(jobs, async () => {
    const referenceOf = await references(jobs, send);
    return {
      ...{ name: "bench", signal, seed, budget, json, md, text: textSummary, page: markdownSummary },
      measure: (job) => send({ kind: "measure", job, budget, expected: referenceOf(job).checksums }),
      notesOf: uncheckedNotes(referenceOf),
      observationsOf: () => observations,
      concurrency: concurrencyOf(options),
    };
  });
}

/** The number of processes at a time: with `--quick` as many as there are cores, else one. */
export const concurrencyOf = ({ quick }: Pick<CommonOptions, "quick">): number =>
  quick ? os.availableParallelism() : 1;

function jobsOf(patterns: readonly string[], options: RunOptions): Job[] {
  const jobs = plan(select(cases, patterns), {
    engines: options.engine ?? [null],
    // a training step begins with a forward pass
    modes: options.mode ?? (options.quick ? ["train"] : ["infer", "train"]),
    batches: options.batch ?? null,
    views: options.views,
    images: options.image ? [options.image] : null,
    seed: options.seed,
  });
  return requireJobs(jobs, patterns, options.mode);
}

/** The jobs as they are. @throws BadInput if there are none */
export function requireJobs(jobs: Job[], patterns: readonly string[], mode: readonly Mode[] = []): Job[] {
  if (jobs.length === 0)
    throw new BadInput(`nothing of ${patterns.join(", ") || "all cases"} has the mode ${mode.join(", ")}.`);
  return jobs;
}
