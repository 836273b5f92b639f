import { requireCounts } from "@fovea/nn";
import type { Metrics } from "../history.js";
import type { Callback, Run } from "./callback.js";

/** What `evaluate` is made from. */
export interface EvaluateOptions {
  /** Measures metrics, for example on a validation set. It disposes its own tensors. */
  readonly run: (epoch: number) => Promise<Metrics> | Metrics;
  /** Epochs between two measurements. The last epoch is always measured. Default 1. */
  readonly every?: number;
}

/**
 * Measures after an epoch; the numbers join the epoch's record, where logs, `earlyStop` and `checkpoint.best` find
 * them.
 *
 * @example evaluate({ run: () => average.use(() => accuracyOf(model)) }) // with the averaged weights
 */
export function evaluate({ run: measure, every = 1 }: EvaluateOptions): Callback {
  requireCounts("evaluate", { every });
  return {
    measure: async (epoch: number, run: Run) =>
      (epoch + 1) % every === 0 || epoch + 1 === run.epochs ? await measure(epoch) : undefined,
  };
}
