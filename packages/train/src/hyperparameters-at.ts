import type { Hyperparameters } from "./optimizers/hyperparameters.js";
import type { StepCounts } from "./step-counts.js";
import { schedulesOf } from "./schedules/schedule.js";
import type { RunOptions } from "./train-state.js";

/** The scheduled hyperparameters of one step. */
export interface StepHyperparameters {
  readonly learningRate: number;
  /** By name; empty where the learning rate is all that moves. */
  readonly scheduled: Hyperparameters;
}

/**
 * @throws RangeError for a learning rate below 0, or a hyperparameter that the optimizer does not let a schedule
 *   change, or a value that it refuses
 */
export function hyperparametersAt(
  { schedule, optimizer }: Pick<RunOptions, "schedule" | "optimizer">,
  { steps }: Pick<StepCounts, "steps">,
  step: number,
): StepHyperparameters {
  const { learningRate: rate, ...others } = schedulesOf(schedule);
  const scheduled = Object.fromEntries(Object.entries(others).map(([name, at]) => [name, at(step, steps)]));
  const learningRate = rate(step, steps);
  if (!(learningRate >= 0 && learningRate < Infinity))
    throw new RangeError(
      `fit: \`schedule\` must give a learning rate of at least 0, got ${learningRate} at step ${step}.`,
    );
  if (Object.keys(scheduled).length > 0) requireScheduled(optimizer, scheduled, step);
  return { learningRate, scheduled };
}

function requireScheduled(optimizer: RunOptions["optimizer"], scheduled: Hyperparameters, step: number): void {
  if (!optimizer.requireScheduled)
    throw new RangeError(
      `fit: \`schedule\` moves ${Object.keys(scheduled).join(", ")}, but the optimizer has no \`requireScheduled\`: ` +
        "it follows schedules of the learning rate alone.",
    );
  try {
    optimizer.requireScheduled(scheduled);
  } catch (cause) {
    throw new RangeError(`fit: \`schedule\`, at step ${step}: ${(cause as Error).message}`, { cause });
  }
}
