import { existsSync } from "node:fs";
import type * as tf from "@tensorflow/tfjs-core";
import {
  lastCheckpoint,
  prepareFolder,
  requireCheckpointOptions,
  type CheckpointOptions,
} from "./checkpoint/checkpoint-files.js";
import { CheckpointError } from "./checkpoint/checkpoint.js";
import { loadCheckpoint } from "./checkpoint/load-checkpoint.js";
import type { FitOptions } from "./fit-options.js";
import type { History } from "./history.js";
import { hyperparametersAt } from "./hyperparameters-at.js";
import { planRun, type Plan } from "./plan.js";
import { runSession } from "./session.js";
import { disposeState, freshState, restore, type TrainState } from "./train-state.js";

/**
 * Trains a module: for each step s, the loss of its batches is differentiated, and the optimizer moves each trainable param
 * by the learning rate schedule(s, steps), and whatever else a schedule moves. Leaves no tensor behind, and the module with its last weights.
 *
 * The run is a function of its options: the same options give the same weights to the bit on the same engine, whether it
 * ran through, or was aborted, or killed at any moment, and resumed.
 *
 * @returns what happened, also in the sessions before a resume
 * @throws RangeError for options that do not fit, before anything is done; NotFiniteError for a step that is not finite;
 * CheckpointError if one cannot be read or written; whatever the loss, the batches or a callback throw. Then the
 * weights are those of the last whole step, and the checkpoint folder, if there is one, has them.
 */
export async function fit<Batch extends tf.TensorContainer>(options: FitOptions<Batch>): Promise<History> {
  const plan = planRun(options.batches, options);
  const path = resumePath(options);
  const { checkpoint, clipNorm = 1 } = options;
  if (!(clipNorm > 0)) throw new RangeError(`fit: \`clipNorm\` must be above 0, got ${clipNorm}.`);
  hyperparametersAt(options, plan, 0);
  if (checkpoint) requireCheckpointOptions(checkpoint);
  if (checkpoint) await prepareFolder(checkpoint, path);
  const state = freshState();
  try {
    if (path !== undefined) await resumeFrom(path, options, plan, state);
    await runSession(options, plan, state);
    return state.history;
  } finally {
    disposeState(state);
  }
}

async function resumeFrom<Batch extends tf.TensorContainer>(
  path: string,
  options: FitOptions<Batch>,
  plan: Plan,
  state: TrainState,
): Promise<void> {
  const checkpoint = await loadCheckpoint(path);
  try {
    restore(checkpoint, state, options, plan);
  } finally {
    checkpoint.dispose();
  }
}

function resumePath({ resume = false, checkpoint }: { resume?: boolean | string; checkpoint?: CheckpointOptions }) {
  if (typeof resume === "string") return resume;
  if (!resume) return undefined;
  if (!checkpoint) throw new CheckpointError("fit: `resume: true` needs `checkpoint.dir`, to know from where.");
  const last = lastCheckpoint(checkpoint.dir);
  return existsSync(last) ? last : undefined;
}
