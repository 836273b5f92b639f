import { byteCache, cached, groupsOf, inOrder, labelsOf, viewSubsets, type CollectionSampler, type Grouping, type ImageSet } from "@fovea/data"; // prettier-ignore
import type { DataSummary, Prepared, RunContext } from "@fovea/experiment";
import { freeze, type ImageEncoder } from "@fovea/nn";
import { emojiViews, imagenetTrunk, trunkSource } from "@fovea/open-datasets";
import { ownImages, type OwnImages } from "../own-images.js";
import { mapsOf, type SplitImages } from "../splits.js";
import { mergings, modelOf } from "./merging.js";
import type { Settings } from "./settings.js";

/** Something to classify from several views. */
interface Task extends Omit<OwnImages, "validation"> {
  /** `apart` where two renderings of one drawing would be one view twice. */
  readonly grouping: Grouping;
}

/** Test collections of `views` views: how many there are, and how many of them are tested. */
export interface CollectionCount {
  readonly views: number;
  readonly collections: number;
  readonly total: number;
}

/** All that the variants of a seed share. */
export interface ViewData extends Pick<Task, "classes" | "grouping"> {
  /** Borrowed: a model that is disposed leaves it. */
  readonly stem: ImageEncoder;
  readonly train: SplitImages;
  readonly test: SplitImages;
  /** What every variant is tested on: collections of 1, 2, … views. */
  readonly tests: readonly (CollectionCount & { readonly sampler: CollectionSampler })[];
}

/** Decoded images that stay in memory, for variants that need them at each step. */
const CACHE_BYTES = 256e6;

/**
 * Reads the images, and computes the frozen trunk's map of each once. What cannot be is found out before that: it is
 * the long part.
 */
export async function prepare(settings: Settings, { variants, signal }: RunContext): Promise<Prepared<ViewData>> {
  const { train, test, grouping, attribution, name, description, classes } = await taskOf(settings);
  const tests = Array.from({ length: settings.views }, (_, i) =>
    testCollections(test, classes, { ...settings, grouping, views: i + 1 }),
  );
  const stem = await imagenetTrunk({ until: settings.stage });
  const borrowed = { ...stem, dispose: () => undefined };
  const dispose = () => stem.dispose();
  try {
    freeze(stem);
    for (const merging of mergings)
      if (variants.includes(merging.id)) modelOf(merging, borrowed, classes.length, settings).dispose();
    const sets = [train, test];
    const maps = await mapsOf(stem, settings.stage, sets, signal);
    const [training, testing] = sets.map((set, i): SplitImages => ({ set: cached(set, byteCache(CACHE_BYTES)), features: maps[i]! })); // prettier-ignore
    const details = tests.map(({ views, collections, total }): CollectionCount => ({ views, collections, total }));
    const sizes = { "training images": train.items.length, "test images": test.items.length };
    const summary: DataSummary = { name, description, classes, sizes, sources: [...attribution, trunkSource], details };
    return { data: { classes, stem: borrowed, train: training!, test: testing!, grouping, tests }, summary, dispose }; // prettier-ignore
  } catch (error) {
    dispose();
    throw error;
  }
}

/** @throws RangeError for data or classes that there are not */
async function taskOf({ data, classes, size, views, thinClasses, seed }: Settings): Promise<Task> {
  if (data !== "emoji") {
    const needs = { size, seed, least: views, thinClasses, splits: ["train", "test"], others: ["emoji"] } as const;
    return { ...(await ownImages("mvhfmd", data, needs)), grouping: "ignore" };
  }
  const description =
    "Each class is an emoji, each view a vendor's drawing of it, rotated, shifted and laid over photographs. " +
    "Vendors of the test are not in the training images.";
  return { ...(await emojiViews({ classes, size, seed })), description, grouping: "apart" };
}

type Collections = Pick<Settings, "views" | "collections" | "seed"> & Pick<Task, "grouping">;

/** Every collection of so many views, or a seeded sample of a few a class. @throws RangeError if a class has too few */
function testCollections(test: ImageSet, classes: readonly string[], { collections: limit, ...options }: Collections) {
  const { views, seed, grouping } = options;
  const subsets = viewSubsets({ ...viewsIn(test), grouping, views, limit, seed });
  const [small] = subsets.tooSmall;
  if (small !== undefined)
    throw new RangeError(`mvhfmd: \`--views\` is ${views}, but class \`${classes[small]}\` has fewer test images than that.`); // prettier-ignore
  return { views, sampler: inOrder(subsets, { batch: 32 }), collections: subsets.sampled, total: Number(subsets.total) }; // prettier-ignore
}

/** What decides which images may come together. */
export const viewsIn = (set: ImageSet) => ({ labels: labelsOf(set), groups: groupsOf(set) });
