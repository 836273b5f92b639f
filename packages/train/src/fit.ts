import { requireCounts } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { latestCheckpoint, prepareFolder, requireCheckpointOptions } from "./checkpoint/checkpoint-files.js";
import { CheckpointError } from "./checkpoint/checkpoint.js";
import { lockFolder } from "./checkpoint/folder-lock.js";
import { loadCheckpoint, type Checkpoint } from "./checkpoint/load-checkpoint.js";
import { requireJson } from "./checkpoint/require-json.js";
import type { DisposableBatch } from "./batches.js";
import type { FitOptions } from "./fit-options.js";
import type { History } from "./history.js";
import { hyperparametersAt } from "./hyperparameters-at.js";
import { restoreBest } from "./restore-best.js";
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
 * read or written, or if another run is at work in the folder; whatever the loss, the batches or a callback throw. Then
 * the weights are those of the last complete step, and the checkpoint folder, if there is one, has them.
 */
export async function fit<Batch extends tf.TensorContainer | DisposableBatch>(
  options: FitOptions<Batch>,
): Promise<History> {
  const counts = stepCounts(options.batches, options);
  requireOptions(options, counts);
  const lock = options.checkpoint && lockFolder(options.checkpoint.dir); // before anything there is read
  const state = freshState();
  try {
    await resumeInto(state, options, counts);
    await runSession(options, counts, state, lock);
    if (options.restoreBest && !options.signal?.aborted) await restoreBest(options, state.history);
    return state.history;
  } finally {
    disposeState(state);
    lock?.release();
  }
}

function requireOptions(options: RunOptions, counts: StepCounts): void {
  const { checkpoint, resume = false, clipNorm = 1, config = null, prefetch = 1 } = options;
  requireCounts("fit", { prefetch }, 0);
  if (!(clipNorm > 0)) throw new RangeError(`fit: \`clipNorm\` must be above 0, got ${clipNorm}.`);
  hyperparametersAt(options, counts, 0);
  options.optimizer.requireParams?.(Object.keys(options.module.params));
  if (options.restoreBest && !checkpoint?.best)
    throw new RangeError("fit: `restoreBest` needs `checkpoint.best`, to know what is best.");
  if (checkpoint || resume !== false) {
    requireJson("config", config);
    requireJson("optimizer.config", options.optimizer.config);
  }
  if (checkpoint) requireCheckpointOptions(checkpoint);
}

/** Makes the folder ready, and goes on from what there is to go on from. */
async function resumeInto(state: TrainState, options: RunOptions, counts: StepCounts): Promise<void> {
  const from = await checkpointToResume(options);
  try {
    if (options.checkpoint) await prepareFolder(options.checkpoint, from?.path);
    if (from) restore(from, state, options, counts);
  } finally {
    from?.dispose();
  }
}

async function checkpointToResume({ resume = false, checkpoint }: RunOptions): Promise<Checkpoint | undefined> {
  if (typeof resume === "string") return loadCheckpoint(resume);
  if (!resume) return undefined;
  if (!checkpoint) throw new CheckpointError("fit: `resume: true` needs `checkpoint.dir`, to know from where.");
  return latestCheckpoint(checkpoint.dir);
}
