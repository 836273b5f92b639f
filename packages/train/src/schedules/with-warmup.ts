import { requireFinite, stepsOf, type Schedule, type Span } from "./schedule.js";

/** What `withWarmup` is made from. */
export interface WarmupOptions {
  /** Length of the warm-up: a share of the run, or a number of steps. */
  readonly warmup: Span;
  /** The rate of step 0, as a share of the schedule's first rate. Default 0. */
  readonly from?: number;
}

/**
 * A straight line from `from` · η₀ up to η₀ = schedule(0), then the full schedule in the steps that are left:
 *
 *     step < w:  η₀ · (from + (1 − from) · step / w),    otherwise schedule(step − w, steps − w)
 */
export function withWarmup(schedule: Schedule, { warmup, from = 0 }: WarmupOptions): Schedule {
  requireFinite("withWarmup", { warmup, from });
  return (step, steps) => {
    const rise = Math.round(stepsOf("withWarmup", warmup, steps));
    const rest = Math.max(1, steps - rise);
    return step < rise ? schedule(0, rest) * (from + ((1 - from) * step) / rise) : schedule(step - rise, rest);
  };
}
