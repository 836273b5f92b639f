import { requireCounts } from "@fovea/nn";
import { bestEpoch, type Mode } from "../history.js";
import type { Callback, Run } from "./callback.js";

/** What `earlyStop` is made from. */
export interface EarlyStopOptions {
  /** A metric of the epochs: `loss`, or what an `evaluate` measures. */
  readonly monitor: string;
  /** The run ends after this number of measurements in a row that are not better than the best one. Default 5. */
  readonly patience?: number;
  /** Whether lower or higher values are better. Default "min". */
  readonly mode?: Mode;
}

/**
 * Ends the run when a metric gets no better. It depends on the history alone, so a resumed run stops where the
 * uninterrupted one would have.
 *
 * @throws RangeError after the last epoch if none had the metric; what is measured seldom may take its time
 */
export function earlyStop({ monitor, patience = 5, mode = "min" }: EarlyStopOptions): Callback {
  requireCounts("earlyStop", { patience });
  const check = (run: Run) => {
    const { epochs } = run.history;
    const { records, best } = bestEpoch(epochs, monitor, mode);
    if (records.length === 0 && epochs.length >= run.epochs)
      throw new RangeError(
        `earlyStop: no epoch measured \`${monitor}\`; there are ${Object.keys(epochs[0]!.metrics).join(", ")}.`,
      );
    if (records.length - 1 - best >= patience)
      run.stop(
        `earlyStop: ${monitor} has not been better than ${records[best]!.metrics[monitor]} since epoch ${records[best]!.epoch}`,
      );
  };
  return { onStart: check, onEpoch: (_record, run) => check(run) };
}
