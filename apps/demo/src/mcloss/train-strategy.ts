import { join } from "node:path";
import type { FineGrainedClassifier } from "@fovea/models";
import { trainableParams } from "@fovea/nn";
import { adamW, evaluate, exceptVectors, fit, oneCycle, type Callback, type History } from "@fovea/train";
import { restoreBest } from "../best-weights.js";
import { batchesInOrder, trainingBatches, type PictureBatch } from "./batches.js";
import { qualityOf } from "./evaluate.js";
import type { Lab } from "./lab.js";
import type { Settings } from "./settings.js";
import { FROZEN_STAGE, lossOf, type Strategy } from "./strategies.js";

/** Where a run leaves its checkpoints, and how it goes on. */
export interface RunOptions {
  readonly dir: string;
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}

/** What is measured on the validation pictures after each epoch; the first decides which weights are kept. */
export const [ACCURACY, DIVERSITY] = ["validation accuracy", "validation diversity"] as const;

/**
 * Trains one strategy, and leaves the model with the weights of its best epoch on the validation pictures. Every
 * strategy of a budget sees the same batches in the same order.
 */
export async function trainStrategy(
  strategy: Strategy,
  model: FineGrainedClassifier,
  lab: Lab,
  settings: Settings,
  { dir, resume, signal, callbacks = [] }: RunOptions,
): Promise<History> {
  const { batch, seed, weightDecay } = settings;
  const { pretrained } = strategy;
  const { task } = lab;
  const sides = await lab.sides(strategy);
  const start = pretrained ? { from: FROZEN_STAGE } : {};
  const validation = batchesInOrder(sides.validation);
  const measure = async () => {
    const { top1, diversity } = await qualityOf(model, validation, { classes: task.classes.length, pretrained });
    return { [ACCURACY]: top1, ...(diversity !== null && { [DIVERSITY]: diversity }) };
  };
  const folder = join(dir, strategy.id);
  const history = await fit<PictureBatch>({
    module: model,
    loss: ({ x, labels }, ctx) => lossOf(strategy, settings, model.outputs(x, ctx, start), labels, ctx),
    batches: trainingBatches(sides.train, { batch, seed, mirror: task.mirrors }),
    epochs: pretrained ? settings.tuneEpochs : settings.epochs,
    optimizer: adamW({ weightDecay, decay: exceptVectors }),
    schedule: oneCycle({ max: pretrained ? settings.tuneLr : settings.lr, warmup: 0.2 }),
    seed,
    callbacks: [evaluate({ run: measure }), ...callbacks],
    checkpoint: { dir: folder, best: { monitor: ACCURACY, mode: "max" }, overwrite: !resume },
    resume,
    config: { strategy: strategy.id, settings, classes: task.classes },
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  await restoreBest(model, folder);
  return history;
}

/** What training moves of a model; what is frozen does not count. */
export const trainedParams = (model: FineGrainedClassifier): number =>
  Object.values(trainableParams(model)).reduce((sum, { size }) => sum + size, 0);
