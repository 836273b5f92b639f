import type { EngineReport } from "@fovea/engine";
import { writeFileAtomic } from "@fovea/nn/node";
import { provenance } from "../provenance.js";
import { dataOf, test, train } from "./demo.js";
import { finishedOf, named, pageOf, requireNamed, runJobs } from "../job-files.js";
import { chosenJobs, jobsOf, type Job, type JobResult, type Plan } from "./jobs.js";
import { prepareLab, type Lab } from "./lab.js";
import { resultsPage } from "./results-page.js";
import { buildModel } from "./strategies.js";

/** What the page of results is made from. */
export interface ResultsOptions {
  readonly plan: Plan;
  /** Only the job of this name is run, or those whose names start so. Default: all. */
  readonly only?: string;
  /** A file for each job; those that are there are not run again. */
  readonly out: string;
  readonly page: string;
  readonly command: string;
  readonly engine: EngineReport;
  readonly signal?: AbortSignal;
}

/**
 * Runs the jobs that no process has run or is running, and writes the page once every file is there.
 *
 * @returns one sentence: what is there now
 * @throws RangeError if no job starts with `only`
 */
export async function writeResults(options: ResultsOptions): Promise<string> {
  const { plan, only = "", out, page, command } = options;
  const runOne = runnerOf(options);
  const planned = jobsOf(plan);
  const first = named(planned, only);
  await runJobs(out, first, runOne);
  const chosen = chosenJobs(plan, await finishedOf<JobResult>(out, planned)); // what the grid chose, once it is there
  const then = named(chosen, only);
  const jobs = [...planned, ...chosen];
  requireNamed("mcloss-results", only, [...first, ...then], jobs);
  await runJobs(out, then, runOne);
  return pageOf<JobResult>(out, jobs, page, (results) => writeFileAtomic(page, resultsPage(results, plan, command)));
}

/** Pictures are prepared once for the jobs of a seed that follow one another. */
function runnerOf(options: ResultsOptions): (job: Job, checkpoints: string) => Promise<JobResult> {
  let last: { seed: number; lab: Lab } | undefined;
  return async (job, checkpoints) => {
    const { seed } = job.settings;
    if (last?.seed !== seed) last = { seed, lab: await prepareLab(job.settings, options.signal) };
    return run(job, last.lab, checkpoints, options);
  };
}

/** Goes on from its checkpoint, if there is one. */
async function run(job: Job, lab: Lab, dir: string, options: ResultsOptions): Promise<JobResult> {
  const { command, engine, signal } = options;
  const { id, strategy, settings, tested } = job;
  const model = await buildModel(strategy, settings);
  try {
    const trained = await train(strategy, model, lab, settings, { dir, resume: true, ...(signal && { signal }) });
    return {
      schema: "mcloss-job/1",
      id,
      ...provenance(engine),
      command,
      data: dataOf(lab.task, [strategy]),
      settings: { ...settings },
      strategy: { ...trained, test: tested ? await test(strategy, model, lab, signal) : null },
    };
  } finally {
    model.dispose();
  }
}
