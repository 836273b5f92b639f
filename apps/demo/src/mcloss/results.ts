import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EngineReport } from "@fovea/engine";
import { writeFileAtomic } from "@fovea/nn/node";
import { provenance } from "../provenance.js";
import { dataOf, test, train } from "./demo.js";
import { claim, finished, finishedOf, firstOf, named, save } from "../job-files.js";
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
  const planned = jobsOf(plan);
  const first = named(planned, only);
  await runJobs(first, options);
  const chosen = chosenJobs(plan, await finishedOf<JobResult>(out, planned)); // what the grid chose, once it is there
  const then = named(chosen, only);
  if (first.length + then.length === 0)
    throw new RangeError(
      `mcloss-results: no run starts with \`${only}\`; there are ${[...planned, ...chosen].map(({ id }) => id).join(", ")}.`,
    );
  await runJobs(then, options);
  const jobs = [...planned, ...chosen];
  const results = await finishedOf<JobResult>(out, jobs);
  if (results.length < jobs.length) {
    const missing = jobs.map(({ id }) => id).filter((id) => !results.some((result) => result.id === id));
    return `${results.length} of ${jobs.length} runs are there; the page waits for ${firstOf(missing)}.`;
  }
  await mkdir(dirname(page), { recursive: true });
  await writeFileAtomic(page, resultsPage(results, plan, command));
  return `${jobs.length} of ${jobs.length} runs are there; the page is written: ${page}`;
}

async function runJobs(jobs: readonly Job[], options: ResultsOptions): Promise<void> {
  const { out, signal } = options;
  let last: { seed: number; lab: Lab } | undefined;
  for (const [i, job] of jobs.entries()) {
    const release = await claim(out, job);
    if (!release) continue;
    try {
      if (await finished(out, job)) continue;
      console.error(`[${i + 1}/${jobs.length}] ${job.id}`);
      const { seed } = job.settings;
      if (last?.seed !== seed) last = { seed, lab: await prepareLab(job.settings, signal) };
      await run(job, last.lab, options);
    } finally {
      await release();
    }
  }
}

/** Goes on from its checkpoint, if there is one, and leaves none: the file says all that is wanted. */
async function run(job: Job, lab: Lab, { out, command, engine, signal }: ResultsOptions): Promise<void> {
  const { id, strategy, settings, tested } = job;
  const dir = join(out, "checkpoints", id);
  const model = await buildModel(strategy, settings);
  try {
    const trained = await train(strategy, model, lab, settings, { dir, resume: true, ...(signal && { signal }) });
    const result: JobResult = {
      schema: "mcloss-job/1",
      id,
      ...provenance(engine),
      command,
      data: dataOf(lab.task, [strategy]),
      settings: { ...settings },
      strategy: { ...trained, test: tested ? await test(strategy, model, lab, signal) : null },
    };
    await save(out, result);
  } finally {
    model.dispose();
  }
  await rm(dir, { recursive: true, force: true });
}
