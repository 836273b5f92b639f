import { loadWeights } from "@fovea/nn";
import { CheckpointError, type Checkpoint } from "./checkpoint/checkpoint.js";
import type { RunCheckpoints } from "./checkpoint/checkpoint-store.js";
import { bestEpoch, type EpochRecord, type History } from "./history.js";
import type { RunOptions, TrainState } from "./train-state.js";

/** Gives the module, and its average, the weights of the best epoch, if one was measured. */
export async function restoreBest(options: RunOptions, checkpoints: RunCheckpoints, history: History): Promise<void> {
  const best = bestOf(options, history);
  if (!best) return; // which was warned of
  const saved = await checkpoints.loadBest();
  try {
    if (saved.step !== best.steps) throw notTheBest(options, best, saved);
    loadWeights(options.module, saved.weights);
    if (options.ema && saved.ema) loadWeights({ params: options.ema.weights, buffers: {} }, saved.ema);
  } finally {
    saved.dispose();
  }
}

/**
 * Refuses a resume after which the best epoch could not be restored, before hours are spent: its checkpoint is of
 * another metric, or in another folder. One of a later step is of a run that was cut off, and will come again.
 *
 * @throws CheckpointError
 */
export async function requireBest(
  options: RunOptions,
  checkpoints: RunCheckpoints,
  { step, history }: TrainState,
): Promise<void> {
  const best = bestOf(options, history);
  if (!best) return;
  const saved = await checkpoints.loadBest();
  saved.dispose();
  if (saved.step !== best.steps && saved.step <= step) throw notTheBest(options, best, saved);
}

function bestOf({ checkpoint }: RunOptions, { epochs }: History): EpochRecord | undefined {
  const { monitor, mode = "min" } = checkpoint!.best!;
  const { records, best } = bestEpoch(epochs, monitor, mode);
  return records[best];
}

const notTheBest = ({ checkpoint }: RunOptions, { steps }: EpochRecord, saved: Checkpoint): CheckpointError =>
  new CheckpointError(
    `fit: \`restoreBest\` needs the weights after step ${steps}, the best by \`${checkpoint!.best!.monitor}\`, but ${saved.path} ` +
      `has those after step ${saved.step}. Resume with the metric that the run began with, or without \`restoreBest\`.`,
  );
