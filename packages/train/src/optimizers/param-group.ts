import type { Optimizer } from "./optimizer.js";

/** How the params of a group are updated otherwise than the rest. */
export interface ParamGroup {
  /** The rule that updates this group. Default: the one that updates the rest. */
  readonly optimizer?: Optimizer | undefined;
  /** Multiplies the learning rate of each step, ≥ 0. Default 1. */
  readonly learningRateFactor?: number | undefined;
  /** Multiplies the weight decay, ≥ 0: 0 spares the group. Default 1. */
  readonly weightDecayFactor?: number | undefined;
}

/** A group with its defaults. */
export interface ResolvedGroup {
  readonly optimizer: Optimizer;
  readonly learningRateFactor: number;
  readonly weightDecayFactor: number;
  /** Undefined: the params in no other group. */
  readonly prefix: string | undefined;
  /** Whether it follows the schedules that name no group; an optimizer of its own follows those of the rate alone. */
  readonly inherits: boolean;
}

/** @param prefix - undefined for the params in no group */
export const resolvedGroup = (
  rest: Optimizer,
  prefix: string | undefined,
  { optimizer, learningRateFactor = 1, weightDecayFactor = 1 }: ParamGroup,
): ResolvedGroup => ({
  optimizer: optimizer ?? rest,
  learningRateFactor,
  weightDecayFactor,
  prefix,
  inherits: optimizer === undefined,
});
