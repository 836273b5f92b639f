import type { Module } from "@fovea/nn";
import type { Experiment, Job, Prepared, RunOptions } from "./experiment.js";
import { finishedOf, named, runJobs } from "./jobs/job-store.js";
import { runJob } from "./jobs/run-job.js";
import { resultsOf, seedsFrom } from "./results-of.js";
import type { JobRecord, Results } from "./results.js";
import { decisive, type SettingsOf, type SettingsSpec } from "./settings.js";

/** What is there after a run: results if every job is done, and else the names of those that are not. */
export type RunOutcome<Figures> =
  | { readonly results: Results<Figures>; readonly missing: readonly [] }
  | { readonly results: null; readonly missing: readonly string[] };

/**
 * Trains and tests every variant with every seed, then the experiment's sweeps, each job in a file of its own.
 *
 * @throws RangeError if no job's name starts with `only`, and for an unknown variant; the signal's reason if it is
 *   aborted
 */
export async function runExperiment<Spec extends SettingsSpec, Data, Model extends Module, Figures>(
  experiment: Experiment<Spec, Data, Model, Figures>,
  settings: SettingsOf<Spec>,
  options: RunOptions,
): Promise<RunOutcome<Figures>> {
  const { only = "", command, out, resume } = options;
  requireVariants(experiment, options.variants);
  const jobs = jobsOf(experiment, settings, options);
  const stored = (list: readonly Job<SettingsOf<Spec>>[]) =>
    list.map((job) => ({ ...job, settings: decisive(experiment.settings, job.settings), job }));
  const data = onceASeed((given: SettingsOf<Spec>) => experiment.prepare(given, options));
  const known = async () => resultsOf(experiment, settings, options, await finishedOf<JobRecord<Figures>>(out, stored(jobs))); // prettier-ignore
  let chosen = 0;
  const run = async (list: readonly Job<SettingsOf<Spec>>[]) => {
    const these = named(stored(list), only);
    chosen += these.length;
    await runJobs(out, these, { resume, keepCheckpoints: command === "run" }, async ({ job }, folder, place) => {
      const prepared = await data.of(job.settings); // refuses what cannot be, before it looks as if it began
      console.error(`[${place}] ${job.id}`);
      return runJob(experiment as Experiment, job, prepared, { ...options, folder });
    });
  };
  try {
    await run(jobs);
    for (let next = jobs.slice(); next.length > 0 && command === "results";) {
      next = [...(experiment.sweeps?.(await known(), settings) ?? [])].filter(({ id }) => !jobs.some((job) => job.id === id)); // prettier-ignore
      jobs.push(...next);
      await run(next);
    }
  } finally {
    await data.dispose();
  }
  if (chosen === 0)
    throw new RangeError(`${experiment.id}: no run starts with \`${only}\`; there are ${jobs.map(({ id }) => id).join(", ")}.`); // prettier-ignore
  const results = await known();
  const missing = jobs.map(({ id }) => id).filter((id) => !results.records.some((record) => record.id === id));
  return missing.length === 0 ? { results, missing: [] } : { results: null, missing };
}

/** One sentence: how many runs are missing, and the first of them. */
export const waitsFor = (missing: readonly string[]): string =>
  `The report waits for ${missing.length} run${missing.length === 1 ? "" : "s"}: ` +
  `${missing.slice(0, 3).join(", ")}${missing.length > 3 ? " and others" : ""}.`;

function requireVariants({ id, variants }: Pick<Experiment, "id" | "variants">, ids: readonly string[]): void {
  const unknown = ids.find((one) => !variants.some((variant) => variant.id === one));
  if (unknown !== undefined)
    throw new RangeError(`${id}: no variant \`${unknown}\`; there are ${variants.map((variant) => variant.id).join(", ")}.`); // prettier-ignore
}

const jobsOf = <Settings extends { readonly seed: number }>(
  { variants }: { readonly variants: readonly { readonly id: string }[] },
  settings: Settings,
  { seeds, variants: ids }: RunOptions,
): Job<Settings>[] =>
  seedsFrom(settings.seed, seeds).flatMap((seed) =>
    variants
      .filter(({ id }) => ids.includes(id))
      .map(({ id }) => ({ id: `seed-${seed}/${id}`, variant: id, settings: { ...settings, seed } })),
  );

/** Data are prepared once for the jobs of a seed that follow one another. */
function onceASeed<Settings extends { readonly seed: number }, Data>(
  prepare: (settings: Settings) => Promise<Prepared<Data>>,
) {
  let last: { readonly seed: number; readonly prepared: Prepared<Data> } | undefined;
  const dispose = async () => {
    await last?.prepared.dispose?.();
    last = undefined;
  };
  const of = async (settings: Settings): Promise<Prepared<Data>> => {
    if (last?.seed !== settings.seed) {
      await dispose();
      last = { seed: settings.seed, prepared: await prepare(settings) };
    }
    return last.prepared;
  };
  return { of, dispose };
}
