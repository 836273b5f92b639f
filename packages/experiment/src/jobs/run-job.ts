import { join } from "node:path";
import { trainableParams, type Module } from "@fovea/nn";
import type { Experiment, Job, Prepared, RunContext } from "../experiment.js";
import { provenance } from "../provenance.js";
import type { JobRecord, StageRecord } from "../results.js";
import { decisive, type SettingsOf, type SettingsSpec } from "../settings.js";
import { runStage } from "./run-stage.js";

/** What a job is told beside itself. */
export interface JobContext extends RunContext {
  /** For its checkpoints. */
  readonly folder: string;
  readonly typed: string;
  readonly engine: string;
}

/** Trains and tests one variant. */
export async function runJob<Spec extends SettingsSpec, Data, Model extends Module, Figures>(
  experiment: Experiment<Spec, Data, Model, Figures>,
  job: Job<SettingsOf<Spec>>,
  { data, summary }: Prepared<Data>,
  context: JobContext,
): Promise<JobRecord<Figures>> {
  const { settings, tested = true } = job;
  const { folder, typed, engine, resume, signal } = context;
  const variant = experiment.variants.find(({ id }) => id === job.variant)!;
  const model = await variant.build(settings, data, context);
  try {
    const stages: StageRecord[] = [];
    for await (const stage of variant.stages(model, settings, data)) {
      const trained = await runStage(model, stage, {
        ...{
          folder: join(folder, stage.name ?? ""),
          resume,
          seed: settings.seed,
          selectBy: experiment.selectBy,
          signal,
        },
        config: {
          ...{ experiment: experiment.id, variant: variant.id, classes: summary.classes },
          settings: decisive(experiment.settings, settings),
        },
      });
      stages.push({ ...trained, test: tested && stage.test ? await stage.test() : null });
    }
    const test = tested && experiment.evaluate ? await experiment.evaluate(model, data, settings, variant.id, context) : null; // prettier-ignore
    signal?.throwIfAborted();
    const figures = context.command === "run" ? await experiment.explain?.(model, data, settings, variant.id, context) : undefined; // prettier-ignore
    return {
      ...{ id: job.id, experiment: experiment.id, variant: variant.id, sweep: job.sweep ?? null },
      ...{ settings: decisive(experiment.settings, settings), command: typed, ...provenance(engine) },
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
