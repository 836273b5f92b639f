import { anneal } from "./decays.js";
import { requireFinite, stepsOf, type Schedule, type Span } from "./schedule.js";

/** What `oneCycle` is made from; the names in brackets are PyTorch's. */
export interface OneCycleOptions {
  /** The peak (max_lr). */
  readonly max: number;
  /** The rise (pct_start): a share of the run, or a number of steps. Default 0.3. */
  readonly warmup?: Span;
  /** The first rate is max / div (div_factor). Default 25. */
  readonly div?: number;
  /** The last rate is the first / finalDiv (final_div_factor). Default 1e4. */
  readonly finalDiv?: number;
}

/**
 * Up to `max` and down to almost nothing, each along half a cosine. With w the steps of the rise, so that step w − 1 is the
 * peak, and T the steps of the run:
 *
 *     step ≤ w − 1:  from max / div to max, at step / (w − 1)
 *     after that:    from max to max / div / finalDiv, at (step − w + 1) / (T − w)
 *
 * The values are those of torch.optim.lr_scheduler.OneCycleLR with total_steps = T.
 *
 * Ref: Smith & Topin 2018, arXiv:1708.07120.
 */
export function oneCycle({ max, warmup = 0.3, div = 25, finalDiv = 1e4 }: OneCycleOptions): Schedule {
  requireFinite("oneCycle", { max, warmup, div, finalDiv });
  const first = max / div;
  return (step, steps) => {
    const peak = stepsOf("oneCycle", warmup, steps) - 1; // fractional if warmup · steps is, as in PyTorch
    if (step <= peak) return peak === 0 ? max : anneal(first, max, step / peak);
    return anneal(max, first / finalDiv, Math.min(1, (step - peak) / (steps - 1 - peak)));
  };
}
