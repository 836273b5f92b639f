import type * as tf from "@tensorflow/tfjs-core";
import {
  byteCache,
  cached,
  collectionBatches,
  gatherBatches,
  groupsOf,
  inOrder,
  labelsOf,
  viewSubsets,
  type CollectionSampler,
  type ImageSet,
} from "@fovea/data";
import { withProgress, type DataSummary, type Prepared } from "@fovea/experiment";
import { freeze, type BatchSource, type ImageEncoder } from "@fovea/nn";
import { emojiViews, imagenetTrunk, trunkSource } from "@fovea/open-datasets";
import { encodeItems, NORMALIZATION, type FeatureTable } from "../features.js";
import { ownImages } from "../own-images.js";
import type { Settings } from "./settings.js";

/** Something to classify from several views. */
interface Task extends Omit<DataSummary, "sizes"> {
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** No two views of a collection from one group: two renderings of one drawing would be one view twice. */
  readonly distinctGroups: boolean;
}

/** Images, and the frozen trunk's map of each. */
export interface Split {
  readonly set: ImageSet;
  readonly features: FeatureTable;
}

/** Test collections of `views` views: how many there are, and how many of them are tested. */
export interface CollectionCount {
  readonly views: number;
  readonly collections: number;
  readonly total: number;
}

/** All that the variants of a seed share. */
export interface ViewData extends Pick<Task, "classes" | "distinctGroups"> {
  /** Borrowed: a model that is disposed leaves it. */
  readonly stem: ImageEncoder;
  readonly train: Split;
  readonly test: Split;
  /** What every variant is tested on: collections of 1, 2, … views. */
  readonly tests: readonly (CollectionCount & { readonly sampler: CollectionSampler })[];
}

/** Decoded images that stay in memory, for variants that need them at each step. */
const CACHE_BYTES = 256e6;

/**
 * Reads the images, and computes the frozen trunk's map of each once. What cannot be is found out before that: it is
 * the long part.
 *
 * @param check - is given the trunk first, and throws if a model cannot be built on it
 */
export async function prepareViews(
  settings: Settings,
  check: (stem: ImageEncoder, classes: number) => void,
  signal?: AbortSignal,
): Promise<Prepared<ViewData>> {
  const { train, test, distinctGroups, ...summary } = await taskOf(settings);
  const { classes, sources } = summary;
  const tests = Array.from({ length: settings.views }, (_, i) =>
    testCollections(test, classes, { ...settings, distinctGroups, views: i + 1 }),
  );
  const stem = await imagenetTrunk({ until: settings.stage });
  const borrowed = { ...stem, dispose: () => undefined };
  const dispose = () => stem.dispose();
  try {
    freeze(stem);
    check(borrowed, classes.length);
    const splits = await encoded(train, test, stem, settings.stage, signal);
    const details = tests.map(({ views, collections, total }): CollectionCount => ({ views, collections, total }));
    const sizes = { "training images": train.items.length, "test images": test.items.length };
    return {
      data: { classes, stem: borrowed, ...splits, distinctGroups, tests },
      summary: { ...summary, sizes, sources: [...sources, trunkSource], details },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** @throws RangeError for data or classes that there are not */
async function taskOf({ data, classes, size, views, thinClasses, seed }: Settings): Promise<Task> {
  if (data !== "emoji") {
    const needs = { size, seed, least: views, thinClasses, splits: ["train", "test"], others: ["emoji"] } as const;
    const { name, description, ...own } = await ownImages("mvhfmd", data, needs);
    return { name, description, classes: own.classes, train: own.train, test: own.test, distinctGroups: false, sources: [] }; // prettier-ignore
  }
  const { attribution: sources, ...emoji } = await emojiViews({ classes, size, seed });
  const description =
    "One class an emoji, one view a vendor's drawing of it, turned, moved and laid over photographs. The vendors tested on are never trained on."; // prettier-ignore
  return { ...emoji, description, distinctGroups: true, sources };
}

type Collections = Pick<Settings, "views" | "collections" | "seed"> & Pick<Task, "distinctGroups">;

/** Every collection of so many views, or a seeded sample of a few a class. @throws RangeError if a class has too few */
function testCollections(test: ImageSet, classes: readonly string[], { collections: limit, ...options }: Collections) {
  const { views, seed, distinctGroups } = options;
  const subsets = viewSubsets({ ...viewsIn(test), distinctGroups, views, limit, seed });
  const [small] = subsets.tooSmall;
  if (small !== undefined)
    throw new RangeError(`mvhfmd: \`--views\` is ${views}, but class \`${classes[small]}\` has fewer test images than that.`); // prettier-ignore
  return { views, sampler: inOrder(subsets, { batch: 32 }), collections: subsets.sampled, total: Number(subsets.total) }; // prettier-ignore
}

/** What decides which images may come together. */
export const viewsIn = (set: ImageSet) => ({ labels: labelsOf(set), groups: groupsOf(set) });

function encoded(train: ImageSet, test: ImageSet, stem: ImageEncoder, stage: string, signal?: AbortSignal) {
  const splitOf = (set: ImageSet, features: FeatureTable): Split => ({ set: cached(set, byteCache(CACHE_BYTES)), features }); // prettier-ignore
  const first = train.items.length;
  return withProgress("features of the trunk", first + test.items.length, async (to) => ({
    train: splitOf(train, await encodeItems(stem, stage, train.items, to, signal)),
    test: splitOf(test, await encodeItems(stem, stage, test.items, (done) => to(first + done), signal)),
  }));
}

/** Collections of views, as a model takes them. */
export type ViewBatch = { views: tf.Tensor; labels: tf.Tensor1D; mask: tf.Tensor2D };

/** Batches of images or of the trunk's maps, whichever the model starts from. */
export function viewBatches(
  { set, features }: Split,
  from: "image" | "map",
  sampler: CollectionSampler,
): BatchSource<ViewBatch> {
  const source = from === "map" ? gatherBatches({ features, sampler }) : collectionBatches({ set, sampler, normalization: NORMALIZATION }); // prettier-ignore
  const batch = async (step: number): Promise<ViewBatch> => {
    const { labels, mask, ...rest } = await source.batch(step);
    return { views: "images" in rest ? rest.images : rest.features, labels, mask };
  };
  return { stepsPerEpoch: source.stepsPerEpoch, batch };
}
