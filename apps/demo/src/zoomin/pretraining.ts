import { madeOnce, runStage, type RunContext } from "@fovea/experiment";
import { wholeImage } from "./networks.js";
import { pretrainingScenes } from "./scenes.js";
import type { Settings } from "./settings.js";
import { stageOf } from "./training.js";

/** More at once than of scenes: they are small. */
const BATCH = 64;

/**
 * Trains a feature network to tell signs apart, none of them a target, each in the middle of little else. All variants
 * begin so, the ordinary networks too: they differ in where they look and in nothing else.
 *
 * @param scale - at which the network is given these signs
 * @returns the folder of its checkpoints, below the output folder, where any process finds it
 */
export function pretrained(settings: Settings, scale: number, context: RunContext): Promise<string> {
  const { targets, signSize, pretrainClasses, pretrainScenes, pretrainEpochs: epochs, learningRate, weightDecay, seed } = settings; // prettier-ignore
  const { out, resume, signal } = context;
  const decisive = {
    targets,
    signSize,
    pretrainClasses,
    pretrainScenes,
    epochs,
    learningRate,
    weightDecay,
    seed,
    scale,
  };
  const features = { id: `features/seed-${seed}/scale-${scale}`, settings: decisive };
  return madeOnce(out, features, { resume, signal }, async (folder) => {
    console.error(`features learn from other signs first, at scale ${scale}`);
    const scenes = await pretrainingScenes(settings, signal);
    const model = wholeImage(settings, scenes.classes.length, scale);
    try {
      const training = { ...settings, epochs, batch: BATCH, entropy: 0, contrast: 0, onFailure: "throw" } as const;
      const where = { folder, resume, seed, selectBy: "accuracy", config: decisive, signal };
      await runStage(model, stageOf(model, scenes, training), where);
    } finally {
      model.dispose();
      await scenes.close();
    }
  });
}
