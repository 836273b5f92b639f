import { requireCounts, rng } from "@fovea/nn";
import { byGroup, groupsToKeepApart, membersByClass, padViews, type CollectionSampler } from "./collections.js";
import { drawDistinctBig } from "./draw.js";

/** Which collections of views are listed for evaluation. */
/** Collections of views for evaluation. */
export interface ViewSubsetsOptions {
  /** Class of every image, in the order of the set. */
  readonly labels: ArrayLike<number>;
  /** Number of images in a collection. */
  readonly views: number;
  /**
   * The largest number of collections of a class; if there are more, as many are drawn without replacement. Default:
   * all collections, and an error if there are more than 1,000,000.
   */
  readonly limit?: number;
  /** Seed of all random choices. Default 0. */
  readonly seed?: number;
  /** Group of every image, which `distinctGroups` needs: the photographer, for example. Default: none. */
  readonly groups?: readonly string[];
  /** Whether all views of a collection must be from different groups. Default false. */
  readonly distinctGroups?: boolean;
}

export interface ViewSubsets {
  /** [collection][view]: positions in the set. Classes ascending; within a class in file order. */
  readonly collections: readonly (readonly number[])[];
  /** [collection]: class of each. */
  readonly labels: Int32Array;
  /** The number of all collections: the sum over the classes of C(images, views). Exact, however large. */
  readonly total: bigint;
  /** The number of collections in this list. */
  readonly sampled: number;
  /** Classes that give none, since they have fewer images (or groups) than views. */
  readonly tooSmall: readonly number[];
}

const MOST = 1_000_000n;

/**
 * Collections for evaluation: every `views`-subset of each class's images, or a uniform sample of `limit` of them.
 *
 * Subset number r is built directly from r (combinatorial number system, Knuth TAOCP 4A, 7.2.1.3), so a class with 10³⁰
 * subsets costs no more to sample than one with a thousand.
 *
 * @throws RangeError for no labels, a negative label, a view count below 1 or above every class, or too many subsets
 */
export function viewSubsets(options: ViewSubsetsOptions): ViewSubsets {
  const who = "viewSubsets";
  const { labels, views, limit = Infinity, seed = 0, distinctGroups = false } = options;
  requireCounts(who, { views });
  if (limit !== Infinity) requireCounts(who, { limit });
  const groups = groupsToKeepApart(who, labels.length, options.groups, distinctGroups);
  const classes = [...membersByClass(who, labels)].map(([label, members]) => {
    const grouped = byGroup(members, groups);
    const counts = countSubsets(
      grouped.map((group) => BigInt(group.length)),
      views,
    );
    return { label, grouped, counts, total: counts[0]![views]! };
  });
  const total = classes.reduce((sum, { total }) => sum + total, 0n);
  if (total === 0n)
    throw new RangeError(`${who}: \`views\` is ${views}, more than any class has ${groups ? "groups" : "images"}.`);
  const random = rng(seed).split(who);
  const picked = classes.map(({ label, grouped, counts, total }) => {
    const ranks = total <= limit ? allRanks(who, total) : drawDistinctBig(random.split(label), total, limit);
    return ranks.map((rank) => ({ label, members: subsetAt(rank, views, grouped, counts) }));
  });
  const all = picked.flat();
  return {
    collections: all.map(({ members }) => members),
    labels: Int32Array.from(all, ({ label }) => label),
    total,
    sampled: all.length,
    tooSmall: classes.filter(({ total }) => total === 0n).map(({ label }) => label),
  };
}

function allRanks(who: string, total: bigint): bigint[] {
  if (total > MOST) throw new RangeError(`${who}: a class has ${total} subsets; set \`limit\` to draw some of them.`);
  return Array.from({ length: Number(total) }, (_, rank) => BigInt(rank));
}

/**
 * counts[i][k]: ways to choose k members, each of another group, from groups i, i + 1, …
 * It is the elementary symmetric polynomial e_k of the sizes; C(n − i, k) when every size is 1.
 */
function countSubsets(sizes: readonly bigint[], views: number): bigint[][] {
  const counts = [[1n, ...Array.from({ length: views }, () => 0n)]];
  for (const size of [...sizes].reverse()) {
    const after = counts[0]!;
    counts.unshift(after.map((ways, k) => (k === 0 ? 1n : ways + size * after[k - 1]!)));
  }
  return counts;
}

/** Subset number `rank` in lexicographic order. */
function subsetAt(rank: bigint, views: number, groups: readonly (readonly number[])[], counts: bigint[][]): number[] {
  const chosen: number[] = [];
  for (let i = 0; chosen.length < views; i++) {
    const rest = counts[i + 1]![views - chosen.length - 1]!; // ways to go on after a member of group i
    const withGroup = BigInt(groups[i]!.length) * rest;
    if (rank < withGroup) {
      chosen.push(groups[i]![Number(rank / rest)]!);
      rank %= rest;
    } else rank -= withGroup;
  }
  return chosen;
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
