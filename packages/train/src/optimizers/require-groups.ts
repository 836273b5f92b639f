import { described } from "../described.js";
import { scheduledFor, splitName } from "./group-schedules.js";
import type { Hyperparameters } from "./hyperparameters.js";
import type { Optimizer } from "./optimizer.js";
import type { ParamGroup, ResolvedGroup } from "./param-group.js";

const OPTIONS: readonly string[] = ["learningRateFactor", "weightDecayFactor", "optimizer"] satisfies (keyof ParamGroup)[]; // prettier-ignore

/** Refuses groups that cannot be meant. */
export function requireGroups(optimizer: Optimizer, groups: Readonly<Record<string, ParamGroup>>): void {
  if (Object.keys(groups).length === 0) throw new RangeError("paramGroups: expected at least one group, got none.");
  const all = [optimizer, ...Object.values(groups).flatMap((group) => group.optimizer ?? [])];
  if (all.some(({ config }) => "groups" in config))
    throw new RangeError("paramGroups: the optimizer has groups already: name all of them in one call.");
  for (const [prefix, group] of Object.entries(groups)) {
    for (const [name, value] of Object.entries(group) as [string, unknown][])
      if (name !== "optimizer" && value !== undefined) requireFactor(prefix, name, value);
    const { config } = group.optimizer ?? optimizer;
    if (group.weightDecayFactor !== undefined && typeof config["weightDecay"] !== "number")
      throw new RangeError(
        `paramGroups: \`weightDecayFactor\` of \`${prefix}\` needs an optimizer with \`weightDecay\` in its config.`,
      );
  }
}

function requireFactor(prefix: string, name: string, factor: unknown): void {
  if (!OPTIONS.includes(name))
    throw new RangeError(`paramGroups: expected ${OPTIONS.join(" or ")} for \`${prefix}\`, got \`${name}\`.`);
  if (!(typeof factor === "number" && factor >= 0 && factor < Infinity))
    throw new RangeError(
      `paramGroups: \`${name}\` of \`${prefix}\` must be a number of at least 0, got ${described(factor)}.`,
    );
}

/** Refuses a prefix that no name starts with. */
export function requireMembers(groups: readonly ResolvedGroup[], names: readonly string[]): void {
  for (const { prefix } of groups)
    if (!names.some((name) => name.startsWith(prefix!)))
      throw new RangeError(
        `paramGroups: no param starts with \`${prefix}\`; there are ${names.slice(0, 5).join(", ")}, …`,
      );
}

/** Refuses schedules of groups that there are not, and values that the optimizer of a group cannot follow. */
export function requireSchedulable(groups: readonly ResolvedGroup[], scheduled: Hyperparameters): void {
  for (const name of Object.keys(scheduled)) requireGroup(groups, name);
  for (const group of groups) {
    const { learningRate = 0, ...others } = scheduledFor(group, scheduled);
    if (!(learningRate >= 0 && learningRate < Infinity))
      throw new RangeError(
        `paramGroups: expected \`learningRate/${group.prefix}\` to be at least 0, got ${learningRate}.`,
      );
    if (Object.keys(others).length === 0) continue;
    if (!group.optimizer.requireScheduled)
      throw new RangeError(
        `paramGroups: ${Object.keys(others).join(", ")} cannot be scheduled: the optimizer follows schedules of the learning rate alone.`,
      );
    group.optimizer.requireScheduled(others);
  }
}

function requireGroup(groups: readonly ResolvedGroup[], name: string): void {
  const [, of] = splitName(name);
  if (of !== undefined && !groups.some(({ prefix }) => prefix === of))
    throw new RangeError(
      `paramGroups: \`${name}\` is scheduled, but there is no group \`${of}\`; ` +
        `there are ${groups.flatMap(({ prefix }) => prefix ?? []).join(", ")}.`,
    );
}
