import { requireCounts } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { CheckpointError, type Checkpoint } from "./checkpoint/checkpoint.js";
import { requireJson } from "./checkpoint/require-json.js";
import type { DisposableBatch } from "./batches.js";
import type { FitOptions } from "./fit-options.js";
import type { History } from "./history.js";
import { hyperparametersAt } from "./hyperparameters-at.js";
import { requireBest, restoreBest } from "./restore-best.js";
import { stepCounts, type StepCounts } from "./step-counts.js";
import { runSession } from "./session.js";
import { disposeState, freshState, restore, type RunOptions, type TrainState } from "./train-state.js";

/**
 * Trains a module: for each step s, the loss of its batches is differentiated, and the optimizer updates each trainable
 * param, with the learning rate schedule(s, steps) and other scheduled hyperparameters. Leaves no tensor behind, and
 * the module with its last weights, or its best with `restoreBest`.
 *
 * The run is a function of its options: the same options give the same weights to the bit on the same engine, whether
 * it ran through, or was aborted, or killed at any moment, and resumed.
 *
 * @returns what happened, also in the sessions before a resume
 * @throws RangeError for options that do not fit, TypeError for a schedule that is none, or a config that checkpoints
 * cannot hold, before anything is done; NotFiniteError for a step that is not finite; CheckpointError if one cannot be
 * read or written, or if another run is at work there; whatever the loss, the batches or a callback throw. Then
 * the weights are those of the last complete step, and the checkpoints, if there are any, have them.
 */
export async function fit<Batch extends tf.TensorContainer | DisposableBatch>(
  options: FitOptions<Batch>,
): Promise<History> {
  const counts = stepCounts(options.batches, options);
  requireOptions(options, counts);
  const checkpoints = await options.checkpoint?.open(options.resume ?? false);
  const state = freshState();
  try {
    resumeFrom(checkpoints?.from, state, options, counts);
    if (options.restoreBest) await requireBest(options, checkpoints!, state);
    await runSession(options, counts, state, checkpoints);
    if (options.restoreBest && !options.signal?.aborted) await restoreBest(options, checkpoints!, state.history);
    return state.history;
  } finally {
    disposeState(state);
    await checkpoints?.close();
  }
}

function requireOptions(options: RunOptions, counts: StepCounts): void {
  const { checkpoint, resume = false, clipNorm = 1, config = null, prefetch = 1 } = options;
  requireCounts("fit", { prefetch }, 0);
  if (!(clipNorm > 0)) throw new RangeError(`fit: \`clipNorm\` must be above 0, got ${clipNorm}.`);
  if (typeof options.optimizer.update !== "function")
    throw new TypeError(
      "fit: `optimizer` must be one of Fovea, such as `adamW()`: those of TensorFlow.js keep their state to themselves.",
    );
  hyperparametersAt(options, counts, 0);
  options.optimizer.requireParams?.(Object.keys(options.module.params));
  if (options.restoreBest && !checkpoint?.best)
    throw new RangeError("fit: `restoreBest` needs `checkpoint.best`, to know what is best.");
  if (resume !== false && !checkpoint)
    throw new CheckpointError(
      "fit: `resume` needs `checkpoint`, to know from where: `checkpointFolder({ dir })`, say.",
    );
  if (!checkpoint) return;
  requireCounts("fit", { "checkpoint.every": checkpoint.every ?? 1 });
  requireJson("config", config);
  requireJson("optimizer.config", options.optimizer.config);
}

function resumeFrom(from: Checkpoint | undefined, state: TrainState, options: RunOptions, counts: StepCounts): void {
  try {
    if (from) restore(from, state, options, counts);
  } finally {
    from?.dispose();
  }
}
