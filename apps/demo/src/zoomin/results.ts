import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EngineReport } from "@fovea/engine";
import type { LargeImageClassifier } from "@fovea/models";
import { countParams } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import type { Plan } from "@fovea/sampling";
import { progressBar } from "@fovea/train";
import { claim, finished, finishedOf, firstOf, named, save } from "../job-files.js";
import { provenance } from "../provenance.js";
import { dataOf } from "./demo.js";
import { jobsOf, type Job, type JobResult, type ResultSettings } from "./jobs.js";
import { unseenScenes, type Lab } from "./lab.js";
import { fits } from "./large.js";
import { learnMeanings } from "./meanings.js";
import { resultsPage, varianceChart } from "./results-page.js";
import { stagesOf } from "./settings.js";
import { labsOf, runStages, tested, type Labs } from "./stages.js";
import { varianceOf, type VariancePoint } from "./variance.js";

/** What the page of results is made from. */
export interface ResultsOptions {
  readonly settings: Omit<ResultSettings, "seed">;
  readonly seeds: number;
  /** Only the job of this name is run, or those whose names start so. Default: all. */
  readonly only?: string;
  /** What `bench large --md` has written; without it the page has no memory and no seconds. */
  readonly memory?: string;
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
  const { settings, seeds, only = "", memory, out, page, command } = options;
  const jobs = jobsOf(settings, seeds);
  const chosen = named(jobs, only);
  if (chosen.length === 0)
    throw new RangeError(
      `zoomin-results: no run starts with \`${only}\`; there are ${jobs.map(({ id }) => id).join(", ")}.`,
    );
  await runJobs(chosen, options);
  const results = await finishedOf<JobResult>(out, jobs);
  if (results.length < jobs.length) {
    const missing = jobs.map(({ id }) => id).filter((id) => !results.some((result) => result.id === id));
    return `${results.length} of ${jobs.length} runs are there; the page waits for ${firstOf(missing)}.`;
  }
  const measured = memory === undefined ? null : await readFile(memory, "utf8");
  await mkdir(dirname(page), { recursive: true });
  const chart = page.replace(/\.md$/, "-variance.svg");
  await writeFileAtomic(chart, await varianceChart(results));
  await writeFileAtomic(page, resultsPage(results, { command, chart, memory: measured }));
  return `${jobs.length} of ${jobs.length} runs are there; the page is written: ${page}`;
}

/** Scenes and features are made once for the jobs of a seed that follow one another. */
interface Shared {
  readonly seed: number;
  readonly labs: Labs;
  unseen?: Promise<Lab>;
}

async function runJobs(jobs: readonly Job[], options: ResultsOptions): Promise<void> {
  const { out, signal } = options;
  let shared: Shared | undefined;
  const close = async () => {
    await shared?.labs.close();
    await (await shared?.unseen)?.close();
  };
  try {
    for (const [i, job] of jobs.entries()) {
      const release = await claim(out, job);
      if (!release) continue;
      try {
        if (await finished(out, job)) continue;
        console.error(`[${i + 1}/${jobs.length}] ${job.id}`);
        const { seed } = job.settings;
        if (shared?.seed !== seed) {
          await close();
          shared = { seed, labs: labsOf(job.settings, signal) };
        }
        await run(job, shared, options);
      } finally {
        await release();
      }
    }
  } finally {
    await close();
  }
}

/** Goes on from its checkpoints, if there are any, and leaves none: the file says all that is wanted. */
async function run(job: Job, shared: Shared, { out, command, engine, signal }: ResultsOptions): Promise<void> {
  const { id, strategy, settings } = job;
  const how = { resume: true, callbacks: [progressBar()], ...(signal && { signal }) };
  const dir = join(out, "checkpoints");
  const meanings = await learnMeanings(settings, {
    ...how,
    dir: join(dir, `features-${settings.seed}-${process.pid}`),
  });
  const lab = await shared.labs.at(stagesOf(settings).at(-1)!);
  const model = strategy.build(settings, lab.set.classes.length);
  try {
    await meanings.start(model);
    const stages = await runStages(strategy, model, settings, shared.labs, {
      ...how,
      dir: join(dir, id),
    });
    const { name, description } = strategy;
    const result: JobResult = {
      schema: "zoomin-job/1",
      id,
      ...provenance(engine),
      command,
      settings,
      data: dataOf(lab, settings),
      strategy: { id: strategy.id, name, description, params: countParams(model), stages },
      unseen: await testUnseen(model, job, shared, signal),
      variance: await scatterOf(model, job, await shared.labs.at(stagesOf(settings)[0]!)),
    };
    await save(out, result);
  } finally {
    model.dispose();
  }
  await rm(join(dir, id), { recursive: true, force: true });
}

async function testUnseen(
  model: LargeImageClassifier<Plan>,
  { strategy, settings }: Job,
  shared: Shared,
  signal?: AbortSignal,
) {
  const side = settings.unseen;
  if (strategy.against !== undefined || !fits({ width: side, height: side }, strategy, settings)) return null;
  shared.unseen ??= unseenScenes(settings, side, signal);
  return tested(model, (await shared.unseen).test, signal);
}

/** Measured once a seed, where places are drawn without replacement. */
const scatterOf = async (
  model: LargeImageClassifier<Plan>,
  { strategy, settings }: Job,
  lab: Lab,
): Promise<VariancePoint[]> => (strategy.id === "attention-sampling" ? varianceOf(model, lab.test, settings.seed) : []);
