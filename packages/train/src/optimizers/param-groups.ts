import * as tf from "@tensorflow/tfjs-core";
import { scheduledFor } from "./group-schedules.js";
import type { Optimizer } from "./optimizer.js";
import { resolvedGroup, type ParamGroup, type ResolvedGroup } from "./param-group.js";
import { requireGroups, requireMembers, requireSchedulable } from "./require-groups.js";

/**
 * An optimizer that updates groups of params in their own ways: a pretrained trunk slowly, a new head quickly, a
 * projection by another rule. A group is all params whose names start with its prefix; of several prefixes that fit,
 * the longest counts, so that no param is in two groups. Params in no group are updated as by the optimizer itself.
 *
 *     paramGroups(adamW(), { "trunk.": { learningRateFactor: 0.1 }, "trunk.bn": { weightDecayFactor: 0 } })
 *     paramGroups(sgd({ momentum: 0.9 }), { "projection.": { optimizer: adamW() } })
 *
 * It is the same as an optimizer for each group, all on the gradients of one loss. `clipNorm` of `fit` is the norm of
 * all groups together.
 *
 * Schedules are for all groups, but an optimizer of a group follows only that of the learning rate. A schedule for one
 * group has the prefix in its name, and replaces the one for all there; factors still multiply it:
 *
 *     schedule: { learningRate: poly({ learningRate: 0.01 }), "learningRate/projection.": constant(1e-5) }
 *
 * The groups are part of `config`: checkpoints record them, and a run is resumed only with the same. To stop updating
 * params altogether, `freeze` them instead of a factor of 0: that also saves their gradients and slots.
 *
 * @throws RangeError for no groups, an optimizer that has groups already, a factor below 0 or of another name, or a
 * decay factor for an optimizer without weight decay; from `fit` for a prefix that no param has, or a schedule for a
 * group that there is not
 */
export function paramGroups(optimizer: Optimizer, groups: Readonly<Record<string, ParamGroup>>): Optimizer {
  requireGroups(optimizer, groups);
  const named = Object.entries(groups)
    .map(([prefix, group]) => resolvedGroup(optimizer, prefix, group))
    .sort((a, b) => b.prefix!.length - a.prefix!.length);
  const rest = resolvedGroup(optimizer, undefined, {});
  const groupOf = (name: string) => named.find(({ prefix }) => name.startsWith(prefix!)) ?? rest;
  return {
    config: { ...optimizer.config, groups: Object.fromEntries(Object.entries(groups).map(plain)) },
    requireScheduled: (scheduled) => requireSchedulable([rest, ...named], scheduled),
    requireParams: (names) => {
      requireMembers(named, names);
      for (const one of new Set([rest, ...named].map((group) => group.optimizer)))
        one.requireParams?.(names.filter((name) => groupOf(name).optimizer === one));
    },
    init: (param, name) => groupOf(name).optimizer.init(param, name),
    update: (param, gradient, slots, info) =>
      tf.tidy(() => {
        const group = groupOf(info.name);
        const { learningRate = info.learningRate, ...scheduled } = scheduledFor(group, info.scheduled ?? {});
        const decay = () => tf.mul<tf.Scalar>(scheduled["weightDecay"] ?? ownDecay(group), group.weightDecayFactor);
        group.optimizer.update(param, gradient, slots, {
          name: info.name,
          learningRate: group.learningRateFactor === 1 ? learningRate : tf.mul(learningRate, group.learningRateFactor),
          scheduled: group.weightDecayFactor === 1 ? scheduled : { ...scheduled, weightDecay: decay() },
        });
      }),
  };
}

const ownDecay = ({ optimizer }: ResolvedGroup): number => optimizer.config["weightDecay"] as number;

/** A group as JSON, as it was given. */
const plain = ([prefix, group]: [string, ParamGroup]): [string, object] => [
  prefix,
  { ...group, ...(group.optimizer && { optimizer: group.optimizer.config }) },
];
