import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import { timesAsFast } from "../compare-engines.js";
import { taskOf, type Budget, type Job, type LocalRunner, type Mode } from "../job.js";
import { plan } from "../plan.js";
import { withProgress } from "@fovea/experiment/console";
import { loadWarning, provenance } from "../provenance.js";
import { references } from "../references.js";
import { compact, stepName } from "../report/format.js";
import type { Row } from "../row.js";
import { runJobs } from "../scheduler.js";
import { select } from "../select.js";
import { workerClient } from "../worker/client.js";
import { progressText, warn } from "./run-suite.js";

/** Options of `bench ratio`. */
export interface RatioOptions {
  /** Two engines, the faster one first. */
  readonly engine: readonly LocalRunner[];
  /** What is measured. */
  readonly mode: readonly Mode[];
  /** Samples in a step. Default: the case's own. */
  readonly batch?: number;
  /** Processes of each engine. */
  readonly rounds: number;
  /** A ratio below it makes the exit code 1. Default: any ratio is accepted. */
  readonly atLeast?: number;
  /** The longest time that a process may take, in seconds. */
  readonly timeout: number;
}

/** A slow engine may take ten seconds a step: after the first and the warm-up, one is enough. */
const BUDGET: Budget = { time: 1000, steps: 1 };

/** Prints how many times as fast the first engine is as the second. @returns the exit code: 1 if that is not enough */
export async function ratio(name: string, options: RatioOptions, signal: AbortSignal): Promise<number> {
  const jobs = jobsOf(name, options);
  warn(loadWarning(provenance().machine));
  const [fast, slow] = await measureInTurn(jobs, options, signal);
  const found = timesAsFast(fast, slow)!;
  console.log(`${fast.case} ${stepName(fast)}: ${fast.engine} is ${compact(found.value)}× as fast as ${slow.engine}`);
  const interval = Number.isFinite(found.high) ? `${compact(found.low)}× … ${compact(found.high)}×` : "unknown";
  console.log(`median of ${fast.observations.length} interleaved rounds, 95 % interval ${interval}`);
  return options.atLeast && found.value < options.atLeast ? 1 : 0;
}

function jobsOf(name: string, { engine, mode, batch }: RatioOptions): Job[] {
  const [one, ...others] = select(cases, [name]);
  if (others.length > 0)
    throw new BadInput(`ratio: expected one case, got \`${name}\`, which stands for ${others.length + 1}.`);
  if (engine.length !== 2) throw new BadInput(`ratio: expected \`--engine fast,slow\`, got ${engine.join(",")}.`);
  if (mode.length !== 1) throw new BadInput(`ratio: expected one \`--mode\`, got ${mode.join(",")}.`);
  const batches = batch ? [batch] : null;
  const jobs = plan([one!], { engines: engine, modes: mode, batches, views: [3], images: null, seed: 0 });
  if (jobs.length === 0) throw new BadInput(`ratio: ${name} has no mode ${mode[0]}.`);
  return jobs;
}

/** The rows of both engines. @throws Error if a process fails or computes something else than the reference */
async function measureInTurn(jobs: readonly Job[], { rounds, timeout }: RatioOptions, signal: AbortSignal) {
  const send = workerClient({ signal, timeout: timeout * 1000 });
  const referenceOf = await references(jobs, send);
  let done = 0;
  const rows = await withProgress("ratio", jobs.length * rounds, (to) =>
    runJobs(jobs, {
      measure: (job) => send({ kind: "measure", job, budget: BUDGET, expected: referenceOf(job).checksums }),
      ...{ observationsOf: () => rounds, concurrency: 1, signal },
      onRow: (row) => to(++done, progressText(row)),
    }),
  );
  if (signal.aborted) throw new Error("interrupted.");
  const [fast, slow] = rows as [Row, Row];
  for (const row of [fast, slow])
    if (!["ok", "LEAK"].includes(row.status) || row.observations.length < rounds)
      throw new Error(`${row.case} on ${row.engine}: ${row.notes.join("; ")}`);
  if (taskOf(fast) !== taskOf(slow)) throw new Error(`${slow.case}: the engines have no memory for the same batch.`);
  return [fast, slow] as const;
}
