import { requireCounts, rng, type Rng } from "@fovea/nn";
import { byGroup, groupsToKeepApart, membersByClass, padViews, type CollectionSampler } from "./collections.js";
import { drawDistinct } from "./draw.js";
import { remember, stepsOf } from "./image-sampler.js";

/** The labels of the images, and how they are grouped into collections of views. */
export interface CollectionSamplerOptions {
  /** Class of every image, in the order of the set. */
  readonly labels: ArrayLike<number>;
  /** Number of images in a collection; or [least, most], from which each batch draws its own number. */
  readonly views: number | readonly [least: number, most: number];
  /** Number of collections in a batch. */
  readonly batch: number;
  /** Seed of all random choices. Default 0. */
  readonly seed?: number;
  /** Group of every image, which `distinctGroups` needs: the photographer, for example. Default: none. */
  readonly groups?: readonly string[];
  /** Whether all views of a collection must be from different groups. Default false. */
  readonly distinctGroups?: boolean;
  /**
   * What happens to a class with fewer images (or groups) than views. `mask`: the missing views are masked. `repeat`:
   * they are drawn again from the same images. `error`: it is refused. Default "mask".
   */
  readonly whenFew?: "mask" | "repeat" | "error";
  /** Leave out an epoch's last, smaller batch. Default false. */
  readonly dropLast?: boolean;
}

/**
 * Collections for training: an epoch visits every image once, in random order, as the first view of a collection
 * whose other views are drawn from the same class without replacement.
 *
 * This is the sampling of MV-HFMD (Black & Souvenir, WACV 2024) as meant; its published code lets an image come twice.
 *
 * @throws RangeError for no labels, a negative label, a view count below 1 or above what the largest class has
 */
export function collectionSampler(options: CollectionSamplerOptions): CollectionSampler {
  const who = "collectionSampler";
  const { labels, views, batch, seed = 0, distinctGroups = false, whenFew = "mask", dropLast = false } = options;
  const [least, most] = typeof views === "number" ? [views, views] : views;
  requireCounts(who, { views: least });
  requireCounts(who, { views: most }, least);
  requireCounts(who, { batch });
  const groups = groupsToKeepApart(who, labels.length, options.groups, distinctGroups);
  const classes = new Map(
    [...membersByClass(who, labels)].map(([label, members]) => [label, byGroup(members, groups)]),
  );
  requireEnoughMembers(classes, most, whenFew, distinctGroups ? "groups" : "images");
  const stepsPerEpoch = stepsOf(who, labels.length, batch, dropLast);

  const random = rng(seed).split(who);
  const orderOf = remember((epoch) => random.split("epoch", epoch).permutation(labels.length));
  const sample = (step: number) => {
    requireCounts(who, { step }, 0);
    const epoch = Math.floor(step / stepsPerEpoch);
    const from = (step % stepsPerEpoch) * batch;
    const anchors = orderOf(epoch).subarray(from, from + batch);
    const count = least + random.split("count", step).integer(most - least + 1);
    const rows = Array.from(anchors, (anchor) => {
      const draw = random.split("views", epoch, anchor);
      const row = viewsAround(anchor, classes.get(labels[anchor]!)!, count, draw);
      return whenFew === "repeat" ? repeatTo(row, count, draw.split("repeat")) : row;
    });
    return padViews(
      rows,
      Int32Array.from(anchors, (anchor) => labels[anchor]!),
      count,
    );
  };
  return { stepsPerEpoch, sample };
}

/** The anchor and up to `count` − 1 more, each from another group of the class. */
function viewsAround(anchor: number, groups: readonly (readonly number[])[], count: number, random: Rng): number[] {
  const others = groups.filter((group) => !group.includes(anchor));
  const chosen = drawDistinct(random.split("groups"), others.length, Math.min(count - 1, others.length));
  const rest = chosen.map((at, i) => {
    const group = others[at]!;
    return group[random.split("member", i).integer(group.length)]!;
  });
  return [anchor, ...rest];
}

const repeatTo = (row: readonly number[], count: number, random: Rng): number[] => [
  ...row,
  ...Array.from({ length: count - row.length }, (_, i) => row[random.split(i).integer(row.length)]!),
];

function requireEnoughMembers(
  classes: ReadonlyMap<number, readonly unknown[]>,
  views: number,
  whenFew: CollectionSamplerOptions["whenFew"],
  what: string,
): void {
  const largest = Math.max(...[...classes.values()].map((members) => members.length));
  if (whenFew !== "repeat" && views > largest)
    throw new RangeError(`collectionSampler: \`views\` is ${views}, but no class has more than ${largest} ${what}.`);
  const few = [...classes].find(([, members]) => members.length < views);
  if (whenFew === "error" && few)
    throw new RangeError(
      `collectionSampler: class ${few[0]} has ${few[1].length} ${what}, fewer than the ${views} views.`,
    );
}
