import { requireOneOf } from "@fovea/nn";
import { membersByClass } from "./collections.js";

/**
 * What the groups of images have to do with collections, which are always of one class.
 *
 * - `together`: all views are of one group, such as several images of one object.
 * - `apart`: all views are of different groups, such as images by different photographers.
 * - `ignore`: groups do not matter.
 */
export type Grouping = "together" | "apart" | "ignore";

/** How images are grouped, and what that means. */
export interface GroupingOptions {
  /** Class of every image, in the order of the set. */
  readonly labels: ArrayLike<number>;
  /** Group of every image, which `grouping` needs: `groupsOf(set)`. Default: none. */
  readonly groups?: readonly string[];
  /**
   * Whether the views of a collection are of one group, of different groups, or of any. Default "ignore"; where there
   * are `groups` it must be said.
   */
  readonly grouping?: Grouping;
}

/** Images that may come together. A collection has at most one image of each of `parts`. */
export interface Pool {
  readonly label: number;
  /** What it is called in errors. */
  readonly name: string;
  readonly parts: readonly (readonly number[])[];
}

/** What the parts of a pool are, and what pools are, for errors. */
export const wordsFor = (grouping: Grouping = "ignore"): { readonly pool: string; readonly parts: string } => ({
  pool: grouping === "together" ? "group" : "class",
  parts: grouping === "apart" ? "groups" : "images",
});

/**
 * The pools in order: classes ascending, groups and images in the order of the set.
 *
 * @throws RangeError for no labels, a label that is no class, or groups that are needed but missing, of another length,
 *   or given without a word on what they mean
 */
export function poolsOf(who: string, { labels, groups, grouping: wanted }: GroupingOptions): Pool[] {
  if (groups && wanted === undefined)
    throw new RangeError(
      `${who}: \`groups\` needs \`grouping\`: "together", "apart", or "ignore" if groups are not to matter.`,
    );
  const grouping = wanted ?? "ignore";
  requireOneOf(who, { grouping }, ["together", "apart", "ignore"]);
  const classes = [...membersByClass(who, labels)];
  const alone = (members: readonly number[]) => members.map((member) => [member]);
  if (grouping === "ignore")
    return classes.map(([label, members]) => ({ label, name: `class ${label}`, parts: alone(members) }));
  const known = requireGroups(who, labels.length, groups, grouping);
  return classes.flatMap(([label, members]): Pool[] => {
    const split = [...byGroup(members, known)];
    return grouping === "apart"
      ? [{ label, name: `class ${label}`, parts: split.map(([, part]) => part) }]
      : split.map(([name, part]) => ({ label, name: `group \`${name}\` of class ${label}`, parts: alone(part) }));
  });
}

/** Positions by their group, groups in the order in which they appear. */
function byGroup(members: readonly number[], groups: readonly string[]): Map<string, number[]> {
  const split = new Map<string, number[]>();
  for (const member of members) {
    const others = split.get(groups[member]!);
    if (others) others.push(member);
    else split.set(groups[member]!, [member]);
  }
  return split;
}

function requireGroups(
  who: string,
  items: number,
  groups: readonly string[] | undefined,
  grouping: Grouping,
): readonly string[] {
  if (!groups)
    throw new RangeError(`${who}: \`grouping: "${grouping}"\` needs \`groups\`, one for each of the ${items} labels.`);
  if (groups.length !== items)
    throw new RangeError(
      `${who}: \`groups\` must have one entry for each of the ${items} labels, got ${groups.length}.`,
    );
  return groups;
}
