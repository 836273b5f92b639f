import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineReport } from "@fovea/engine";
import type { LargeImageClassifier } from "@fovea/models";
import { countParams } from "@fovea/nn";
import { writeFileAtomic } from "@fovea/nn/node";
import type { SamplingPlan } from "@fovea/patch-sampling";
import { progressBar } from "@fovea/train";
import { named, pageOf, requireNamed, runJobs } from "../job-files.js";
import { provenance } from "../provenance.js";
import { dataOf } from "./demo.js";
import { jobsOf, type Job, type JobResult, type ResultSettings } from "./jobs.js";
import { requireScenes, unseenScenes, type Lab } from "./lab.js";
import { fits } from "./large.js";
import { meaningsOf, type Meanings } from "./meanings.js";
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
  requireNamed("zoomin-results", only, chosen, jobs);
  const measured = memory === undefined ? null : await measuredIn(memory); // before hours are spent
  await requireScenes({ ...settings, seed: 0 }, [...settings.sides, settings.unseen]);
  await runChosen(chosen, options);
  return pageOf<JobResult>(out, jobs, page, async (results) => {
    const chart = page.replace(/(\.md)?$/, "-variance.svg");
    await writeFileAtomic(chart, await varianceChart(results));
    await writeFileAtomic(page, resultsPage(results, { command, chart, memory: measured }));
  });
}

const measuredIn = (path: string): Promise<string> =>
  readFile(path, "utf8").catch((cause: unknown) => {
    throw new Error(
      `zoomin-results: cannot read --memory ${path}; \`npm run bench -- large --md ${path}\` writes it.`,
      {
        cause,
      },
    );
  });

/** Scenes are made, and features learned, once for the jobs of a seed that follow one another. */
interface Shared {
  readonly seed: number;
  readonly labs: Labs;
  readonly meanings: Meanings;
  unseen?: Promise<Lab>;
}

async function runChosen(jobs: readonly Job[], options: ResultsOptions): Promise<void> {
  const { out, signal } = options;
  const features = await mkdtemp(join(tmpdir(), "fovea-features-")); // a process has its own
  let shared: Shared | undefined;
  const close = async () => {
    await shared?.labs.close();
    await (await shared?.unseen)?.close();
  };
  try {
    await runJobs(out, jobs, async (job, checkpoints) => {
      const { seed } = job.settings;
      if (shared?.seed !== seed) {
        await close();
        const how = { dir: join(features, String(seed)), resume: false, callbacks: [progressBar()] };
        const meanings = meaningsOf(job.settings, { ...how, ...(signal && { signal }) });
        shared = { seed, labs: labsOf(job.settings, signal), meanings };
      }
      return run(job, shared, checkpoints, options);
    });
  } finally {
    await close();
    await rm(features, { recursive: true, force: true });
  }
}

/** Goes on from its checkpoints, if there are any. */
async function run(job: Job, shared: Shared, dir: string, options: ResultsOptions): Promise<JobResult> {
  const { command, engine, signal } = options;
  const { id, strategy, settings } = job;
  const lab = await shared.labs.at(stagesOf(settings).at(-1)!);
  const model = strategy.build(settings, lab.set.classes.length);
  try {
    await shared.meanings.start(strategy, model);
    const stages = await runStages(strategy, model, settings, shared.labs, {
      ...{ dir, resume: true, callbacks: [progressBar()] },
      ...(signal && { signal }),
    });
    const { name, description } = strategy;
    return {
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
  } finally {
    model.dispose();
  }
}

async function testUnseen(
  model: LargeImageClassifier<SamplingPlan>,
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
  model: LargeImageClassifier<SamplingPlan>,
  { strategy, settings }: Job,
  lab: Lab,
): Promise<VariancePoint[]> => (strategy.id === "attention-sampling" ? varianceOf(model, lab.test, settings.seed) : []);
