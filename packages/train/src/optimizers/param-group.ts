import type { Optimizer } from "./optimizer.js";

/** How the params of a group are updated otherwise than the rest. */
export interface ParamGroup {
  /** The rule that updates this group. Default: the one that updates the rest. */
  readonly optimizer?: Optimizer;
  /** Multiplies the learning rate of each step, ≥ 0. Default 1. */
  readonly learningRateFactor?: number;
  /** Multiplies the weight decay, ≥ 0: 0 spares the group. Default 1. */
  readonly weightDecayFactor?: number;
}

/** A group with its defaults. */
export interface ResolvedGroup extends Required<ParamGroup> {
  /** Undefined: the params in no other group. */
  readonly prefix: string | undefined;
  /** Whether it follows the schedules that name no group; an optimizer of its own follows those of the rate alone. */
  readonly inherits: boolean;
}

/** @param prefix - undefined for the params in no group */
export const resolvedGroup = (rest: Optimizer, prefix: string | undefined, group: ParamGroup): ResolvedGroup => ({
  optimizer: rest,
  learningRateFactor: 1,
  weightDecayFactor: 1,
  ...group,
  prefix,
  inherits: group.optimizer === undefined,
});
