import { loadWeights, type Module } from "@fovea/nn";
import { bestCheckpoint, loadCheckpoint } from "@fovea/train";

/** Gives a model the weights of the best epoch among the checkpoints of a folder. */
export async function restoreBest(model: Module, folder: string): Promise<void> {
  const checkpoint = await loadCheckpoint(bestCheckpoint(folder));
  try {
    loadWeights(model, checkpoint.weights);
  } finally {
    checkpoint.dispose();
  }
}
