import { requireCounts, requireOneOf, rng } from "@fovea/nn";
import { padViews, type CollectionSampler } from "./collections.js";
import { drawDistinctBig } from "./draw.js";
import { poolsOf, wordsFor, type GroupingOptions } from "./grouping.js";
import { countedPool, subsetsAt, type CountedPool } from "./subset-ranks.js";

/** Which collections of views are listed for evaluation. */
export interface ViewSubsetsOptions extends GroupingOptions {
  /** Number of images in a collection. */
  readonly views: number;
  /**
   * The largest number of collections of a class; if there are more, as many are drawn without replacement. Default:
   * all collections, and an error if there are more than 1,000,000.
   */
  readonly limit?: number;
  /** Seed of all random choices. Default 0. */
  readonly seed?: number;
  /**
   * What happens to a class with fewer images than views; with `grouping: "together"` a group with fewer images, with
   * `"apart"` a class with fewer groups. `skip`: it gives no collection. `mask`: its collections have as many views as
   * there are, and `inOrder` masks the missing ones. `error`: it is refused. Default "skip".
   */
  readonly whenFew?: "skip" | "mask" | "error";
}

/** A list of collections of views. */
export interface ViewSubsets {
  /** [collection][view]: positions in the set. Classes ascending; within a class in file order. */
  readonly collections: readonly (readonly number[])[];
  /** [collection]: class of each. */
  readonly labels: Int32Array;
  /**
   * The number of all collections: the sum of C(images, views) over the classes, or over the groups that stay together.
   * Exact, however large.
   */
  readonly total: bigint;
  /** The number of collections in this list. */
  readonly sampled: number;
  /** Classes that give none, since they have fewer images (or groups, or no group with as many images) than views. */
  readonly tooSmall: readonly number[];
}

const MOST = 1_000_000n;

/**
 * Collections for evaluation: every `views`-subset of each class's images, or a uniform sample of `limit` of them. With
 * `grouping: "together"` they are the subsets of each group's images. A class with 10³⁰ subsets costs no more to sample
 * than one with a thousand.
 *
 * @throws RangeError for no labels, a negative label, a view count below 1 or above every class, or too many subsets
 */
export function viewSubsets(options: ViewSubsetsOptions): ViewSubsets {
  const who = "viewSubsets";
  const { views, limit = Infinity, seed = 0 } = options;
  requireCounts(who, { views });
  if (limit !== Infinity) requireCounts(who, { limit });
  const classes = [...countByClass(who, options)];
  const total = classes.reduce((sum, [, { total }]) => sum + total, 0n);
  if (total === 0n) {
    const { pool, parts } = wordsFor(options.grouping);
    throw new RangeError(`${who}: \`views\` is ${views}, more than any ${pool} has ${parts}.`);
  }
  const random = rng(seed).split(who);
  const all = classes.flatMap(([label, { total, pools }]) => {
    const ranks = total <= limit ? allRanks(who, total) : drawDistinctBig(random.split(label), total, limit);
    return subsetsAt(ranks, pools).map((members) => ({ label, members }));
  });
  return {
    collections: all.map(({ members }) => members),
    labels: Int32Array.from(all, ({ label }) => label),
    total,
    sampled: all.length,
    tooSmall: classes.filter(([, { total }]) => total === 0n).map(([label]) => label),
  };
}

/** The pools of each class and the number of its collections, classes ascending. */
function countByClass(
  who: string,
  options: ViewSubsetsOptions,
): Map<number, { readonly total: bigint; readonly pools: readonly CountedPool[] }> {
  const { views, whenFew = "skip", grouping } = options;
  requireOneOf(who, { whenFew }, ["skip", "mask", "error"]);
  const pools = poolsOf(who, options);
  const few = pools.find(({ parts }) => parts.length < views);
  if (few && whenFew === "error")
    throw new RangeError(
      `${who}: ${few.name} has ${few.parts.length} ${wordsFor(grouping).parts}, fewer than the ${views} views.`,
    );
  const classes = new Map<number, { total: bigint; readonly pools: CountedPool[] }>();
  for (const { label, parts } of pools) {
    const counted = countedPool(parts, whenFew === "mask" ? Math.min(views, parts.length) : views);
    const others = classes.get(label) ?? { total: 0n, pools: [] };
    others.total += counted.total;
    others.pools.push(counted);
    classes.set(label, others);
  }
  return classes;
}

function allRanks(who: string, total: bigint): bigint[] {
  if (total > MOST) throw new RangeError(`${who}: a class has ${total} subsets; set \`limit\` to draw some of them.`);
  return Array.from({ length: Number(total) }, (_, rank) => BigInt(rank));
}

/**
 * Given collections one after the other, the same in every epoch: a sampler for evaluation. Rows may differ in length;
 * missing views are masked. The last batch may be smaller.
 */
export function inOrder(
  { collections, labels }: Pick<ViewSubsets, "collections" | "labels">,
  { batch }: { readonly batch: number },
): CollectionSampler {
  requireCounts("inOrder", { batch });
  if (collections.length === 0 || collections.length !== labels.length)
    throw new RangeError(
      `inOrder: expected a label for each of one or more collections, got ${labels.length} for ${collections.length}.`,
    );
  const stepsPerEpoch = Math.ceil(collections.length / batch);
  const views = collections.reduce((most, row) => Math.max(most, row.length), 0);
  return {
    stepsPerEpoch,
    sample: (step) => {
      requireCounts("inOrder", { step }, 0);
      const from = (step % stepsPerEpoch) * batch;
      return padViews(collections.slice(from, from + batch), labels.slice(from, from + batch), views);
    },
  };
}
