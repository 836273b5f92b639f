import type { EngineName } from "@fovea/engine";
import { BadInput } from "../bad-input.js";
import { cases } from "../cases/all.js";
import { asker } from "../child/ask.js";
import { MODES, plan, type Budget, type Job, type Mode } from "../job.js";
import { machine } from "../machine.js";
import { references } from "../references.js";
import { markdown } from "../report/markdown.js";
import { select } from "../select.js";
import { carryOut } from "./carry-out.js";

/** Options of `bench [cases...]`. */
export interface RunOptions {
  readonly engine?: readonly EngineName[];
  readonly mode?: readonly Mode[];
  readonly batch?: readonly number[];
  readonly views: readonly number[];
  readonly image?: number;
  readonly observations: number;
  readonly timeout: number;
  readonly seed: number;
  readonly quick?: boolean;
  readonly json?: string;
  readonly md?: string;
}

export const NORMAL: Budget = { time: 400, steps: 3 };
const QUICK: Budget = { time: 50, steps: 1 };

/** Measures, prints and saves. @returns the exit code: 1 if a row is not ok, 130 if interrupted */
export async function run(patterns: readonly string[], options: RunOptions, signal: AbortSignal): Promise<number> {
  const { quick, observations, seed, json, md } = options;
  const ask = asker(signal, options.timeout * 1000);
  return carryOut(jobsOf(patterns, options), {
    ...{ ask, signal, observations, seed, json, md },
    references: (jobs) => references(jobs, ask),
    budget: quick ? QUICK : NORMAL,
    atOnce: quick ? machine().cores : 1,
    page: markdown,
  });
}

function jobsOf(patterns: readonly string[], options: RunOptions): Job[] {
  const jobs = plan(select(cases, patterns), {
    engines: options.engine ?? [null],
    modes: options.mode ?? (options.quick ? ["train"] : MODES), // a training step begins with a forward pass
    batches: options.batch ?? null,
    views: options.views,
    image: options.image ?? null,
    seed: options.seed,
  });
  if (jobs.length === 0) throw new BadInput(`nothing of ${patterns.join(", ")} has that mode.`);
  return jobs;
}
