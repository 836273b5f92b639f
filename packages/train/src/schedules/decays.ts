import { requireFinite, stepsOf, type Schedule, type Span } from "./schedule.js";

/** η at every step. */
export function constant(learningRate: number): Schedule {
  requireFinite("constant", { learningRate });
  return () => learningRate;
}

/** The first and the last value of a decay. */
export interface DecayOptions {
  /** η₀, at step 0. */
  /** The first learning rate. */
  readonly learningRate: number;
  /** The value at step `steps`, the first one after the run. Default 0. */
  readonly final?: number;
}

/**
 * Half a cosine: final + (η₀ − final) / 2 · (1 + cos(π · step / steps)).
 *
 * Ref: Loshchilov & Hutter 2017, arXiv:1608.03983, one period.
 */
export function cosine({ learningRate, final = 0 }: DecayOptions): Schedule {
  requireFinite("cosine", { learningRate, final });
  return (step, steps) => anneal(learningRate, final, Math.min(1, step / steps));
}

/**
 * final + (η₀ − final) · (1 − step / steps)^power; power 0.9 is DeepLab's, power 1 a straight line. Default power
 * 0.9.
 */
export function poly({ learningRate, final = 0, power = 0.9 }: DecayOptions & { readonly power?: number }): Schedule {
  requireFinite("poly", { learningRate, final, power });
  return (step, steps) => final + (learningRate - final) * (1 - Math.min(1, step / steps)) ** power;
}

/** What `stepDecay` is made from. */
export interface StepDecayOptions {
  /** The first learning rate. */
  readonly learningRate: number;
  /**
   * When the rate drops: shares of the run (below 1) or step numbers. The first step at or after such a point has the
   * lower rate.
   */
  readonly at: readonly Span[];
  /** The factor of each drop. Default 0.1. */
  readonly gamma?: number;
}

/** η₀ · gamma^(number of drops so far). */
export function stepDecay({ learningRate, at, gamma = 0.1 }: StepDecayOptions): Schedule {
  requireFinite("stepDecay", { learningRate, gamma });
  return (step, steps) => learningRate * gamma ** at.filter((span) => step >= stepsOf("stepDecay", span, steps)).length;
}

/** From `from` (share 0) to `to` (share 1) along half a cosine. */
export const anneal = (from: number, to: number, share: number): number =>
  to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
