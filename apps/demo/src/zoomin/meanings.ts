import { join } from "node:path";
import type { LargeImageClassifier } from "@fovea/models";
import { loadWeights } from "@fovea/nn";
import type { Plan } from "@fovea/sampling";
import { bestCheckpoint, loadCheckpoint, type Callback } from "@fovea/train";
import { prepareMeanings } from "./lab.js";
import type { Settings } from "./settings.js";
import { whole } from "./strategies.js";
import { train } from "./train.js";

/** What a strategy begins with. */
export interface Meanings {
  /** Gives a strategy's feature network what was learned. */
  start(model: LargeImageClassifier<Plan>): Promise<void>;
}

/** Where and how. */
export interface MeaningsOptions {
  /** The checkpoints are in `features` of it. */
  readonly dir: string;
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}

/** More at once than in scenes: they are small. */
const BATCH = 64;

/**
 * Trains the feature network to tell signs apart, none of them a target, each in the middle of little else. All strategies begin with
 * it, the ordinary networks too, so that they differ in where they look and in nothing else.
 */
export async function learnMeanings(settings: Settings, options: MeaningsOptions): Promise<Meanings> {
  const { dir, signal, ...rest } = options;
  if (settings.meanings === 0) return { start: () => Promise.resolve() };
  const folder = join(dir, "features");
  const { targets, signSize, meanings, meaningScenes, meaningEpochs: epochs, lr, weightDecay, seed } = settings;
  const config = { targets, signSize, meanings, meaningScenes, epochs, lr, weightDecay, seed }; // all that it depends on
  const lab = await prepareMeanings(settings, signal);
  const model = whole(settings, lab.set.classes.length, 1);
  try {
    const training = {
      epochs,
      batch: BATCH,
      lr,
      weightDecay,
      entropy: 0,
      contrast: 0,
      seed,
      onFailure: "throw",
    } as const;
    await train(model, lab, training, { ...rest, folder, config, ...(signal && { signal }) });
  } finally {
    model.dispose();
    await lab.close();
  }
  return { start: (model) => startFrom(folder, model) };
}

async function startFrom(folder: string, model: LargeImageClassifier<Plan>): Promise<void> {
  const checkpoint = await loadCheckpoint(bestCheckpoint(folder));
  try {
    const own = Object.entries(checkpoint.weights).filter(([key]) => key.startsWith("features"));
    loadWeights(model, Object.fromEntries(own), { strict: false }); // attention and head are not among them
  } finally {
    checkpoint.dispose();
  }
}
