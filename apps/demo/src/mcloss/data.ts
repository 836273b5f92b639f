import { byteCache, cached, type ImageSet } from "@fovea/data";
import { withProgress, type DataSummary, type Prepared, type RunContext } from "@fovea/experiment";
import { freeze } from "@fovea/nn";
import { emojiFamilies, imagenetTrunk, trafficSigns, trunkSource, type FineGrainedSet } from "@fovea/open-datasets";
import { encodeItems, type FeatureTable } from "../features.js";
import { ownImages } from "../own-images.js";
import type { SplitImages } from "./batches.js";
import { FROZEN_STAGE, isPretrained } from "./networks.js";
import type { Settings } from "./settings.js";

/** The images of an experiment, each read once, and what the frozen part of the trunk makes of them. */
export interface McLossData {
  readonly classes: readonly string[];
  /** The family of each class; null if there are none. */
  readonly families: readonly string[] | null;
  /** Whether a mirror image is of the same class. */
  readonly mirrors: boolean;
  /** The splits as a variant takes them. The first that is pretrained waits for the trunk. */
  splits(pretrained: boolean): Promise<Splits>;
}

export interface Splits {
  readonly train: SplitImages;
  readonly validation: SplitImages;
  readonly test: SplitImages;
}

/** Images of each drawing. */
const EMOJI = { train: 16, validation: 16, test: 12 };
const SIGNS = { train: 32, validation: 16, test: 16 };

interface Task extends Omit<FineGrainedSet, "families" | "attribution"> {
  readonly description: string;
  readonly families: readonly string[] | null;
  readonly attribution: DataSummary["sources"];
  readonly mirrors: boolean;
}

/** @throws RangeError for unknown data; whatever the set throws */
async function taskOf({ data, classes, size, seed, thinClasses }: Settings): Promise<Task> {
  if (data === "emoji")
    return {
      ...(await emojiFamilies({ classes, size, renderings: EMOJI, seed })),
      description:
        "One class an emoji, one family a subgroup of Unicode. Drawings by several vendors, turned, moved, lit and laid over " +
        "photographs: four vendors to train on, a fifth to validate on, two others to test on.",
      mirrors: true,
    };
  if (data === "signs")
    return {
      ...(await trafficSigns({ classes, size, renderings: SIGNS, seed })),
      description:
        "One class the meaning of a traffic sign, one family a category and the first word of the meaning. Designs of the world's " +
        "signs, as seen from a car: of each class one design to test on, one to validate on, the others to train on.",
      mirrors: false,
    };
  const own = await ownImages("mcloss", data, { size, seed, least: 1, thinClasses, others: ["emoji", "signs"] });
  return { ...own, families: null, attribution: [], mirrors: true };
}

/** Reads every image. The frozen maps are computed when they are first asked for, and once. */
export async function prepare(settings: Settings, { variants, signal }: RunContext): Promise<Prepared<McLossData>> {
  const cache = byteCache(Infinity);
  const task = await taskOf(settings);
  const sets = [task.train, task.validation, task.test].map((set) => cached(set, cache));
  await readAll(sets, signal);
  let maps: Promise<FeatureTable[]> | undefined;
  const { classes, families, mirrors } = task;
  const splits = async (pretrained: boolean): Promise<Splits> => {
    const features = pretrained ? await (maps ??= encode(sets, signal)) : null;
    const [train, validation, test] = sets.map((set, i) => ({ set, features: features?.[i] ?? null }));
    return { train: train!, validation: validation!, test: test! };
  };
  const usesTrunk = variants.some(isPretrained);
  const sizes = {
    train: task.train.items.length,
    validation: task.validation.items.length,
    test: task.test.items.length,
  };
  const sources = [...task.attribution, ...(usesTrunk ? [trunkSource] : [])];
  return {
    data: { classes, families, mirrors, splits },
    summary: { name: task.name, description: task.description, classes, sizes, sources, details: { families } },
  };
}

const countOf = (sets: readonly ImageSet[]) => sets.reduce((sum, { items }) => sum + items.length, 0);

const readAll = (sets: readonly ImageSet[], signal?: AbortSignal): Promise<void> =>
  withProgress("images", countOf(sets), async (to) => {
    for (const [i, item] of sets.flatMap(({ items }) => items).entries()) {
      await item.load();
      to(i + 1);
      signal?.throwIfAborted();
    }
  });

async function encode(sets: readonly ImageSet[], signal?: AbortSignal): Promise<FeatureTable[]> {
  const trunk = await imagenetTrunk({ until: FROZEN_STAGE });
  try {
    freeze(trunk);
    return await withProgress("maps of the frozen trunk", countOf(sets), async (to) => {
      const tables: FeatureTable[] = [];
      for (const [i, { items }] of sets.entries()) {
        const before = countOf(sets.slice(0, i));
        tables.push(await encodeItems(trunk, FROZEN_STAGE, items, (done) => to(before + done), signal));
      }
      return tables;
    });
  } finally {
    trunk.dispose();
  }
}
