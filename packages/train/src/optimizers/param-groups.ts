import * as tf from "@tensorflow/tfjs-core";
import { described } from "../described.js";
import type { Optimizer } from "./optimizer.js";

/** How the params of a group are updated otherwise than the rest. */
export interface ParamGroup {
  /** Multiplies the learning rate of each step, ≥ 0. Default 1. */
  readonly learningRateFactor?: number;
  /** Multiplies the weight decay, ≥ 0: 0 spares the group. Default 1. */
  readonly weightDecayFactor?: number;
}

/**
 * An optimizer that updates groups of params in their own ways: a pretrained trunk slowly, a new head quickly. A group
 * is all params whose names start with its prefix; of several prefixes that fit, the longest counts. Params in no group
 * are updated as by the optimizer itself.
 *
 *     paramGroups(adamW(), { "trunk.": { learningRateFactor: 0.1 }, "trunk.bn": { weightDecayFactor: 0 } })
 *
 * The groups are part of `config`: checkpoints record them, and a run is resumed only with the same. To stop updating
 * params altogether, `freeze` them instead of a factor of 0: that also saves their gradients and slots.
 *
 * @throws RangeError for no groups, an optimizer that has groups already, a factor below 0 or of another name, or a
 * decay factor for an optimizer without weight decay; from `fit` for a prefix that no param has
 */
export function paramGroups(optimizer: Optimizer, groups: Readonly<Record<string, ParamGroup>>): Optimizer {
  const prefixes = Object.keys(groups).sort((a, b) => b.length - a.length);
  requireGroups(optimizer, groups);
  const ownDecay = optimizer.config["weightDecay"] as number;
  const groupOf = (name: string): ParamGroup => {
    const prefix = prefixes.find((prefix) => name.startsWith(prefix));
    return prefix === undefined ? {} : groups[prefix]!;
  };
  return {
    ...optimizer,
    config: { ...optimizer.config, groups },
    requireParams: (names) => {
      optimizer.requireParams?.(names);
      const unused = prefixes.find((prefix) => !names.some((name) => name.startsWith(prefix)));
      if (unused !== undefined)
        throw new RangeError(
          `paramGroups: no param starts with \`${unused}\`; there are ${names.slice(0, 5).join(", ")}, …`,
        );
    },
    update: (param, gradient, slots, info) =>
      tf.tidy(() => {
        const { learningRateFactor = 1, weightDecayFactor = 1 } = groupOf(info.name);
        const { learningRate, scheduled } = info;
        const weightDecay = () => tf.mul<tf.Scalar>(scheduled?.["weightDecay"] ?? ownDecay, weightDecayFactor);
        optimizer.update(param, gradient, slots, {
          ...info,
          ...(learningRateFactor !== 1 && { learningRate: tf.mul<tf.Scalar>(learningRate, learningRateFactor) }),
          ...(weightDecayFactor !== 1 && { scheduled: { ...scheduled, weightDecay: weightDecay() } }),
        });
      }),
  };
}

const FACTORS: readonly string[] = ["learningRateFactor", "weightDecayFactor"] satisfies (keyof ParamGroup)[];

function requireGroups({ config }: Optimizer, groups: Readonly<Record<string, ParamGroup>>): void {
  if (Object.keys(groups).length === 0) throw new RangeError("paramGroups: expected at least one group, got none.");
  if ("groups" in config)
    throw new RangeError("paramGroups: the optimizer has groups already: name all of them in one call.");
  for (const [prefix, group] of Object.entries(groups))
    for (const [name, factor] of Object.entries(group) as [string, unknown][]) {
      if (!FACTORS.includes(name))
        throw new RangeError(`paramGroups: expected ${FACTORS.join(" or ")} for \`${prefix}\`, got \`${name}\`.`);
      if (!(typeof factor === "number" && factor >= 0 && factor < Infinity))
        throw new RangeError(
          `paramGroups: \`${name}\` of \`${prefix}\` must be a number of at least 0, got ${described(factor)}.`,
        );
      if (name === "weightDecayFactor" && typeof config["weightDecay"] !== "number")
        throw new RangeError(
          `paramGroups: \`weightDecayFactor\` of \`${prefix}\` needs an optimizer with \`weightDecay\` in its config.`,
        );
    }
}
