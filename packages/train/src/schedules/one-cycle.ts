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

/** `oneCycle` that moves other hyperparameters of the optimizer, too. */
export interface OneCycleWithOptions<Name extends string> extends OneCycleOptions {
  /**
   * By its name in the optimizer's `config`, the value that a hyperparameter has at the start and at the end of the
   * run, and the value that it has where the rate peaks. PyTorch's defaults ([max_momentum, base_momentum]) are
   * `{ momentum: [0.95, 0.85] }` with `sgd`, `{ beta1: [0.95, 0.85] }` with `adamW`.
   */
  readonly cycle: Readonly<Record<Name, readonly [startAndEnd: number, peak: number]>>;
}

/**
 * Up to `max` and down to almost nothing, each along half a cosine. With w the steps of the rise, so that step w − 1
 * is the peak, and T the steps of the run:
 *
 *     step ≤ w − 1:  from max / div to max, at step / (w − 1)
 *     after that:    from max to max / div / finalDiv, at (step − w + 1) / (T − w)
 *
 * The values are those of torch.optim.lr_scheduler.OneCycleLR with total_steps = T. That cycles momentum unless it is
 * told not to: with `cycle: { momentum: [0.95, 0.85] }` so does this one, which then returns a schedule for each.
 *
 * Ref: Smith & Topin 2018, arXiv:1708.07120.
 * @throws RangeError for a number that is not finite, or a `cycle` of the learning rate
 */
export function oneCycle<Name extends string>(
  options: OneCycleWithOptions<Name>,
): Readonly<Record<Name | "learningRate", Schedule>>;
export function oneCycle(options: OneCycleOptions): Schedule;
export function oneCycle(
  options: OneCycleOptions & Partial<OneCycleWithOptions<string>>,
): Schedule | Readonly<Record<string, Schedule>> {
  const { max, warmup = 0.3, div = 25, finalDiv = 1e4, cycle } = options;
  requireFinite("oneCycle", { max, warmup, div, finalDiv });
  const learningRate = upAndDown(max / div, max, max / div / finalDiv, warmup);
  if (!cycle) return learningRate;
  if ("learningRate" in cycle) throw new RangeError("oneCycle: `cycle` is for what moves beside the learning rate.");
  const others = Object.entries(cycle).map(([name, [ends, peak]]) => {
    requireFinite("oneCycle", { [`cycle.${name}[0]`]: ends, [`cycle.${name}[1]`]: peak });
    return [name, upAndDown(ends, peak, ends, warmup)] as const;
  });
  return { learningRate, ...Object.fromEntries(others) };
}

/** From `first` to `peak` in the steps of the rise, from there to `last` in the others. */
function upAndDown(first: number, peak: number, last: number, rise: Span): Schedule {
  return (step, steps) => {
    const top = stepsOf("oneCycle", rise, steps) - 1; // between two steps if rise · steps is, as in PyTorch
    if (step <= top) return top === 0 ? peak : anneal(first, peak, step / top);
    return anneal(peak, last, Math.min(1, (step - top) / (steps - 1 - top)));
  };
}
