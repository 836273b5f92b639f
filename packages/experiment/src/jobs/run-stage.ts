import { loadWeights, type Module } from "@fovea/nn";
import {
  adamW,
  evaluate,
  exceptVectors,
  fit,
  oneCycle,
  paramGroups,
  type DisposableBatch,
  type History,
} from "@fovea/train";
import { bestCheckpoint, checkpointFolder, loadCheckpoint, progressBar } from "@fovea/train/node";
import type * as tf from "@tensorflow/tfjs-core";
import type { Stage } from "../experiment.js";
import type { StageRecord } from "../results.js";
import { bestOfModel } from "./best-of-model.js";

/** Where a stage leaves its checkpoints, and how it goes on. */
export interface StageOptions {
  /** The folder of its checkpoints. */
  readonly folder: string;
  /** Whether training continues from the last checkpoint in `folder`; otherwise it starts anew. */
  readonly resume: boolean;
  /** Seed of everything random in training. */
  readonly seed: number;
  /** What chooses the epoch whose weights are kept. */
  readonly selectBy: string | undefined;
  /** Stored with the weights; a run is only gone on with if it is the same. */
  readonly config: object;
  /** Stops training when it is aborted; a checkpoint is saved. May be undefined. */
  readonly signal: AbortSignal | undefined;
}

/** Trains a model, and leaves it with the weights of its best epoch. */
export async function runStage<Batch extends tf.TensorContainer | DisposableBatch>(
  model: Module,
  stage: Stage<Batch>,
  { folder, resume, seed, selectBy, config, signal }: StageOptions,
): Promise<Omit<StageRecord, "test">> {
  const { batches, loss, epochs, learningRate, clipNorm, prefetch = 1, validate, module = model, schedules } = stage;
  const selects = validate && selectBy !== undefined;
  const measure = validate && (async () => mapKeys(await validate(), (name) => PREFIX + name));
  const start = performance.now();
  const history = await fit<Batch>({
    module,
    loss: (batch, ctx) => loss(batch, ctx),
    batches,
    prefetch,
    epochs,
    optimizer: optimizerOf(stage),
    schedule: { learningRate: oneCycle({ max: learningRate, warmup: 0.2 }), ...schedules },
    ...(clipNorm !== undefined && { clipNorm }),
    seed,
    callbacks: [...(measure ? [evaluate({ run: measure })] : []), progressBar()],
    checkpoint: bestOfModel(
      checkpointFolder({
        dir: folder,
        ...(selects && { best: { monitor: PREFIX + selectBy, mode: "max" } }),
        overwrite: !resume,
      }),
      model,
      module,
    ),
    restoreBest: Boolean(selects) && module === model,
    resume,
    config,
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  if (selects && module !== model) await loadBest(model, folder, "");
  const seconds = (performance.now() - start) / 1000;
  const validation = validationOf(history);
  return { name: stage.name ?? "", seconds, curves: curvesOf(history), validation, best: selects ? bestOf(validation[selectBy]!) : null }; // prettier-ignore
}

function optimizerOf<Batch extends tf.TensorContainer | DisposableBatch>({ weightDecay = 0, groups }: Stage<Batch>) {
  const optimizer = adamW({ weightDecay, decay: exceptVectors });
  return groups ? paramGroups(optimizer, groups) : optimizer;
}

/** How columns of a history begin that hold what was measured after an epoch. */
const PREFIX = "validation ";

const mapKeys = <T>(values: Readonly<Record<string, T>>, of: (name: string) => string): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [of(name), value]));

/** Gives a model those weights of the best epoch in a folder of checkpoints whose names begin with `prefix`. */
export async function loadBest(model: Module, folder: string, prefix: string): Promise<void> {
  const checkpoint = await loadCheckpoint(bestCheckpoint(folder));
  try {
    const wanted = Object.entries(checkpoint.weights).filter(([key]) => key.startsWith(prefix));
    loadWeights(model, Object.fromEntries(wanted), { strict: false });
  } finally {
    checkpoint.dispose();
  }
}

const bestOf = (values: readonly number[]) => {
  const value = Math.max(...values);
  return { epoch: 1 + values.indexOf(value), value };
};

type Columns = Record<string, readonly number[]>;

/** The terms of the loss, by the last part of their names; the loss itself if it has no terms. */
function curvesOf({ steps }: History): Columns {
  const terms = Object.entries(steps).filter(([name]) => name.startsWith("loss/"));
  if (terms.length === 0) return { loss: steps["loss"] ?? [] };
  return Object.fromEntries(terms.map(([name, values]) => [name.split("/").at(-1)!, values]));
}

/** What was measured after each epoch. */
function validationOf({ epochs }: History): Columns {
  const names = Object.keys(epochs.at(-1)?.metrics ?? {}).filter((name) => name.startsWith(PREFIX));
  return Object.fromEntries(
    names.map((name) => [name.slice(PREFIX.length), epochs.map(({ metrics }) => metrics[name] ?? NaN)]),
  );
}
