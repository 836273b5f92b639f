import { requireCounts, rng, type Rng } from "@fovea/nn";
import { padViews, type CollectionSampler } from "./collections.js";
import { drawDistinct } from "./draw.js";
import { poolsOf, wordsFor, type GroupingOptions, type Pool } from "./grouping.js";
import { remember, stepsOf } from "./image-sampler.js";

/** The labels of the images, and how they are grouped into collections of views. */
export interface CollectionSamplerOptions extends GroupingOptions {
  /** Number of images in a collection; or [least, most], from which each batch draws its own number. */
  readonly views: number | readonly [least: number, most: number];
  /** Number of collections in a batch. */
  readonly batch: number;
  /** Seed of all random choices. Default 0. */
  readonly seed?: number;
  /**
   * What happens to a class with fewer images than views; with `grouping: "together"` a group with fewer images, with
   * `"apart"` a class with fewer groups. `mask`: the missing views are masked. `repeat`: they are drawn again from the
   * same images. `error`: it is refused. Default "mask".
   */
  readonly whenFew?: "mask" | "repeat" | "error";
  /** Leave out an epoch's last, smaller batch. Default false. */
  readonly dropLast?: boolean;
}

/**
 * Collections for training: an epoch visits every image once, in random order, as the first view of a collection
 * whose other views are drawn from the same class (or the same group) without replacement.
 *
 * This is the sampling of MV-HFMD (Black & Souvenir, WACV 2024) as meant; its published code lets an image come twice.
 *
 * @throws RangeError for no labels, a negative label, a view count below 1 or above what the largest class or group has
 */
export function collectionSampler(options: CollectionSamplerOptions): CollectionSampler {
  const who = "collectionSampler";
  const { labels, views, batch, seed = 0, whenFew = "mask", dropLast = false } = options;
  const [least, most] = typeof views === "number" ? [views, views] : views;
  requireCounts(who, { views: least });
  requireCounts(who, { views: most }, least);
  requireCounts(who, { batch });
  const pools = poolsOf(who, options);
  requireEnoughImages(pools, most, options);
  const poolOf = new Map(pools.flatMap((pool) => pool.parts.flat().map((member) => [member, pool])));
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
      const row = viewsAround(anchor, poolOf.get(anchor)!, count, draw);
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

/** The anchor and up to `count` − 1 more, each of another part of its pool. */
function viewsAround(anchor: number, { parts }: Pool, count: number, random: Rng): number[] {
  const others = parts.filter((part) => !part.includes(anchor));
  const chosen = drawDistinct(random.split("groups"), others.length, Math.min(count - 1, others.length));
  const rest = chosen.map((at, i) => {
    const part = others[at]!;
    return part[random.split("member", i).integer(part.length)]!;
  });
  return [anchor, ...rest];
}

const repeatTo = (row: readonly number[], count: number, random: Rng): number[] => [
  ...row,
  ...Array.from({ length: count - row.length }, (_, i) => row[random.split(i).integer(row.length)]!),
];

function requireEnoughImages(
  pools: readonly Pool[],
  views: number,
  { grouping, whenFew }: Pick<CollectionSamplerOptions, "grouping" | "whenFew">,
): void {
  const { pool, parts } = wordsFor(grouping);
  const largest = pools.reduce((most, { parts }) => Math.max(most, parts.length), 0);
  if (whenFew !== "repeat" && views > largest)
    throw new RangeError(`collectionSampler: \`views\` is ${views}, but no ${pool} has more than ${largest} ${parts}.`);
  const few = pools.find(({ parts }) => parts.length < views);
  if (whenFew === "error" && few)
    throw new RangeError(
      `collectionSampler: ${few.name} has ${few.parts.length} ${parts}, fewer than the ${views} views.`,
    );
}
