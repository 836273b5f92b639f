import type { ImageSet } from "@fovea/data";
import { requireCounts } from "@fovea/nn";
import type { Source } from "./attribution.js";
import { refuse } from "./checks.js";
import { groupBy } from "./group-by.js";

/** Classes in families of sisters, and three sets of images none of whose drawings is in another. */
export interface FineGrainedSet {
  readonly name: string;
  readonly classes: readonly string[];
  /** The family of each class: classes of one family are sisters, hard to tell apart. */
  readonly families: readonly string[];
  readonly train: ImageSet;
  /** For choosing: settings, the epoch to stop at. */
  readonly validation: ImageSet;
  /** For the result, once. */
  readonly test: ImageSet;
  /** The sources to credit wherever the images are shown. */
  readonly attribution: readonly Source[];
}

/** A number for each split. */
export interface SplitCounts {
  readonly train?: number | undefined;
  readonly validation?: number | undefined;
  readonly test?: number | undefined;
}

/** The number of classes that a family should have before another family is opened. */
const SISTERS = 8;

/**
 * `count` of the things, none without a sister. So many families, the largest first, are opened that each can have 8,
 * and more where these hold too few together; then each gives one thing in turn, in the order of `things`, until there
 * are enough. One thing alone is no family, and the largest must have more than two.
 *
 * @returns in the order of `things`
 */
export function dealSisters<T>(who: string, things: readonly T[], familyOf: (thing: T) => string, count: number): T[] {
  requireCounts(who, { classes: count }, 2);
  const families = [...groupBy(things, familyOf).values()]
    .filter(({ length }) => length > 1)
    .sort((a, b) => b.length - a.length);
  const holding = (opened: number) => families.slice(0, opened).reduce((sum, { length }) => sum + length, 0);
  if (count > holding(families.length))
    refuse(who, `\`classes\` must be at most ${holding(families.length)}, which is all that have a sister`, count);
  let opened = Math.max(1, Math.min(families.length, Math.floor(count / SISTERS)));
  while (holding(opened) < count) opened++;
  const turns = families.slice(0, opened).flatMap((family) => family.map((thing, turn) => ({ thing, turn })));
  const dealt = new Set(
    turns
      .sort((a, b) => a.turn - b.turn) // stable: within a turn the largest family comes first
      .slice(0, count)
      .map(({ thing }) => thing),
  );
  return things.filter((thing) => dealt.has(thing));
}
