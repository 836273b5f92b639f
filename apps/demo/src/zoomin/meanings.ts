import { join } from "node:path";
import type { LargeImageClassifier } from "@fovea/models";
import { loadWeights } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import { bestCheckpoint, loadCheckpoint, type Callback } from "@fovea/train";
import { prepareMeanings } from "./lab.js";
import type { Settings } from "./settings.js";
import { whole, type Strategy } from "./strategies.js";
import { train } from "./train.js";

/** What strategies begin with. */
export interface Meanings {
  /**
   * Gives a strategy's feature network what was learned, at the scale that it wants: at once, or once that is learned.
   */
  start(strategy: Strategy, model: LargeImageClassifier<SamplingPlan>): Promise<void>;
}

/** Where and how. */
export interface MeaningsOptions {
  /** The checkpoints are in `features-SCALE` of it. */
  readonly dir: string;
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}

/** More at once than in scenes: they are small. */
const BATCH = 64;

/**
 * Trains feature networks to tell signs apart, none of them a target, each in the middle of little else. All strategies
 * begin so, the ordinary networks too: they differ in where they look and in nothing else.
 */
export function meaningsOf(settings: Settings, options: MeaningsOptions): Meanings {
  const folders = new Map<number, Promise<string>>();
  return {
    async start({ shrunk }, model) {
      if (settings.meanings === 0) return;
      const pixels = shrunk?.(settings) ?? 1;
      const folder = folders.get(pixels) ?? learn(settings, pixels, options);
      folders.set(pixels, folder);
      await startFrom(await folder, model);
    },
  };
}

/** @returns the folder of checkpoints */
async function learn(settings: Settings, pixels: number, options: MeaningsOptions): Promise<string> {
  const { dir, signal, ...rest } = options;
  const folder = join(dir, `features-${pixels}`);
  const { targets, signSize, meanings, meaningScenes, meaningEpochs: epochs, lr, weightDecay, seed } = settings;
  // all that it depends on
  const config = { targets, signSize, meanings, meaningScenes, epochs, lr, weightDecay, seed, pixels };
  console.error(`what signs look like${pixels === 1 ? "" : `, at 1/${pixels}`}`);
  const lab = await prepareMeanings(settings, signal);
  const model = whole(settings, lab.set.classes.length, 1 / pixels);
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
  return folder;
}

async function startFrom(folder: string, model: LargeImageClassifier<SamplingPlan>): Promise<void> {
  const checkpoint = await loadCheckpoint(bestCheckpoint(folder));
  try {
    const own = Object.entries(checkpoint.weights).filter(([key]) => key.startsWith("features"));
    loadWeights(model, Object.fromEntries(own), { strict: false }); // attention and head are not among them
  } finally {
    checkpoint.dispose();
  }
}
