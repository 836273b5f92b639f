import { loadWeights } from "@fovea/nn";
import type { RunCheckpoints } from "./checkpoint/checkpoint-store.js";
import { bestEpoch, type History } from "./history.js";
import type { RunOptions } from "./train-state.js";

/** Gives the module, and its average, the weights of the best epoch, if one was measured. */
export async function restoreBest(
  { module, ema, checkpoint }: RunOptions,
  checkpoints: RunCheckpoints,
  { epochs }: History,
): Promise<void> {
  const { monitor, mode = "min" } = checkpoint!.best!;
  if (bestEpoch(epochs, monitor, mode).best < 0) return; // which was warned of
  const saved = await checkpoints.loadBest();
  try {
    loadWeights(module, saved.weights);
    if (ema && saved.ema) loadWeights({ params: ema.weights, buffers: {} }, saved.ema);
  } finally {
    saved.dispose();
  }
}
