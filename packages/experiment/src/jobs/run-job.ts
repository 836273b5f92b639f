import { join } from "node:path";
import { trainableParams, type Module } from "@fovea/nn";
import type { Experiment, Job, Prepared, RunOptions } from "../experiment.js";
import { provenance } from "../provenance.js";
import type { JobRecord, StageRecord } from "../results.js";
import { decisive, type SettingsOf, type SettingsSpec } from "../settings.js";
import { runStage } from "./run-stage.js";

/** What a job is told beside itself. */
export interface JobContext extends RunOptions {
  /** For its checkpoints. */
  readonly folder: string;
}

/** Trains and tests one variant. */
export async function runJob(
  experiment: Experiment,
  job: Job<SettingsOf<SettingsSpec>>,
  { data, summary, saved }: Prepared<unknown>,
  context: JobContext,
): Promise<JobRecord> {
  const { id, settings, tested = true, sweep } = job;
  const { folder, typed, engine, resume, signal } = context;
  const { selectBy } = experiment;
  const variant = experiment.variants.find(({ id }) => id === job.variant)!;
  const model = await variant.build(settings, data, context);
  try {
    const origin = {
      experiment: experiment.id,
      variant: variant.id,
      settings: decisive(experiment.settings, settings),
    };
    const config = { ...origin, classes: summary.classes, ...(saved !== undefined && { saved }) };
    const stages: StageRecord[] = [];
    for await (const stage of variant.stages(model, settings, data)) {
      const options = { folder: join(folder, stage.name ?? ""), resume, seed: settings.seed, selectBy, config, signal };
      const trained = "batches" in stage ? await runStage(model, stage, options) : stage;
      stages.push({ ...trained, test: tested && "test" in stage && stage.test ? await stage.test() : null });
    }
    const test = tested ? ((await experiment.evaluate?.(model, data, settings, variant, context)) ?? null) : null;
    signal?.throwIfAborted();
    const figures = context.command === "run" ? await experiment.explain?.(model, data, settings, variant, context) : undefined; // prettier-ignore
    return {
      ...{ id, ...origin, sweep: sweep ?? null, command: typed, ...provenance(engine) },
      ...{ data: summary, params: sizeOf(model), stages, test },
      ...(figures !== undefined && { figures }),
    };
  } finally {
    model.dispose();
  }
}

/** How many numbers training moves. */
const sizeOf = (model: Module): number =>
  Object.values(trainableParams(model)).reduce((sum, { size }) => sum + size, 0);
