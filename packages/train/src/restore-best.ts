import { loadWeights } from "@fovea/nn";
import { bestCheckpoint } from "./checkpoint/checkpoint-files.js";
import { loadCheckpoint } from "./checkpoint/load-checkpoint.js";
import { bestEpoch, type History } from "./history.js";
import type { RunOptions } from "./train-state.js";

/** Gives the module, and its average, the weights of the best epoch, if one was measured. */
export async function restoreBest({ module, ema, checkpoint }: RunOptions, { epochs }: History): Promise<void> {
  const { dir, best } = checkpoint!;
  if (bestEpoch(epochs, best!.monitor, best!.mode ?? "min").best < 0) return; // which was warned of
  const saved = await loadCheckpoint(bestCheckpoint(dir));
  try {
    loadWeights(module, saved.weights);
    if (ema && saved.ema) loadWeights({ params: ema.weights, buffers: {} }, saved.ema);
  } finally {
    saved.dispose();
  }
}
