import type { ResolvedGroup } from "./param-group.js";

/**
 * What a group follows, by the name of the hyperparameter, of schedules that are called `hyperparameter` or, for one
 * group, `hyperparameter/prefix`.
 */
export function scheduledFor<T>(
  { prefix, inherits }: Pick<ResolvedGroup, "prefix" | "inherits">,
  scheduled: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  const those = (wanted: string | undefined) =>
    Object.entries(scheduled).flatMap(([name, value]) => {
      const [hyperparameter, group] = splitName(name);
      return group === wanted ? [[hyperparameter, value] as const] : [];
    });
  return Object.fromEntries([...(inherits ? those(undefined) : []), ...(prefix === undefined ? [] : those(prefix))]);
}

/** `hyperparameter/prefix`; without a slash the prefix is undefined. */
export function splitName(name: string): readonly [hyperparameter: string, prefix: string | undefined] {
  const slash = name.indexOf("/");
  return slash < 0 ? [name, undefined] : [name.slice(0, slash), name.slice(slash + 1)];
}
