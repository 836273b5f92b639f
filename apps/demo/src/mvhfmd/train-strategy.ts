import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs-core";
import {
  byteCache,
  cached,
  collectionBatches,
  collectionSampler,
  gatherBatches,
  groupsOf,
  labelsOf,
  type CollectionSampler,
  type ImageSet,
} from "@fovea/data";
import type { MultiViewClassifier } from "@fovea/models";
import { trainableParams, type BatchSource, type ImageEncoder } from "@fovea/nn";
import { adamW, exceptVectors, fit, oneCycle, type Callback, type History } from "@fovea/train";
import { NORMALIZATION, type FeatureTable } from "../features.js";
import type { ViewBatch } from "./evaluate.js";
import type { Settings } from "./settings.js";
import type { Strategy } from "./strategies.js";
import type { Task } from "./task.js";

/** A side of a task, ready to be sampled: its pictures, and the frozen trunk's maps of them. */
export interface Side {
  readonly set: ImageSet;
  readonly features: FeatureTable;
}

/** Where a run leaves its checkpoints, and how it goes on. */
export interface RunOptions {
  readonly dir: string;
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}

const PICTURE_CACHE_BYTES = 256e6;

/** A task's side whose decoded pictures stay in memory, for strategies that need them at each step. */
export const sideOf = (set: ImageSet, features: FeatureTable): Side => ({
  set: cached(set, byteCache(PICTURE_CACHE_BYTES)),
  features,
});

/** Batches of pictures or of cached maps, whichever the strategy starts from. */
export function viewBatches(
  { set, features }: Side,
  from: "image" | "map",
  sampler: CollectionSampler,
): BatchSource<ViewBatch> {
  if (from === "map") {
    const { stepsPerEpoch, batch } = gatherBatches({ features, sampler });
    return { stepsPerEpoch, batch: async (step) => rename(await batch(step)) };
  }
  const { stepsPerEpoch, batch } = collectionBatches({ set, sampler, normalization: NORMALIZATION });
  return { stepsPerEpoch, batch: async (step) => rename(await batch(step)) };
}

type Collected = { labels: tf.Tensor1D; mask: tf.Tensor2D } & ({ images: tf.Tensor } | { features: tf.Tensor });

const rename = (batch: Collected): ViewBatch => {
  const { labels, mask } = batch;
  return { views: "images" in batch ? batch.images : batch.features, labels, mask };
};

/** The strategy's model for a task, untrained, on a stem that it borrows. */
export function buildModel(strategy: Strategy, stem: ImageEncoder, task: Task, settings: Settings) {
  const { stage, dim, depth, heads, seed, views } = settings;
  const config = {
    classes: task.classes.length,
    imageSize: [task.size, task.size] as const,
    stage,
    dim,
    depth,
    heads,
    seed,
  };
  return strategy.build({ ...stem, dispose: () => undefined }, config, views);
}

/** Trains one strategy. Every strategy sees the same collections in the same order, for the same number of steps. */
export async function trainStrategy(
  strategy: Strategy,
  model: MultiViewClassifier<string, unknown>,
  task: Task,
  side: Side,
  settings: Settings,
  { dir, resume, signal, callbacks = [] }: RunOptions,
): Promise<History> {
  const { views, batch, seed, lr, weightDecay, epochs } = settings;
  const { distinctGroups } = task;
  const labels = labelsOf(side.set);
  const sampler = collectionSampler({
    labels,
    groups: groupsOf(side.set),
    distinctGroups,
    views: [1, views],
    batch,
    seed,
  });
  return fit<ViewBatch>({
    module: model,
    loss: ({ views, labels, mask }, ctx) =>
      strategy.loss(model.forward({ views, from: strategy.from, mask }, ctx, strategy.learns), labels, mask),
    batches: viewBatches(side, strategy.from, sampler),
    epochs,
    optimizer: adamW({ weightDecay, decay: exceptVectors }),
    schedule: oneCycle({ max: lr, warmup: 0.2 }),
    clipNorm: 5,
    seed,
    callbacks,
    checkpoint: { dir: join(dir, strategy.id), overwrite: !resume },
    resume,
    config: { strategy: strategy.id, settings, classes: task.classes, model: model.config },
    ...(signal && { signal }),
  });
}

/** What training moves of a model; the frozen trunk does not count. */
export const trainedParams = (model: MultiViewClassifier<string, unknown>): number =>
  Object.values(trainableParams(model)).reduce((sum, { size }) => sum + size, 0);
