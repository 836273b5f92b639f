import { byteCache, cached, type StoredFeatures } from "@fovea/data";
import type { Prepared, RunContext } from "@fovea/experiment";
import { emojiFamilies, trafficSigns, trunkSource } from "@fovea/open-datasets";
import { ownImages, type OwnImages } from "../own-images.js";
import { sizesOf, SPLITS, type Splits } from "../own-splits.js";
import { readImages, type SplitImages } from "../splits.js";
import { frozenMaps } from "../tuned-trunk.js";
import { networks } from "./networks.js";
import type { Settings } from "./settings.js";

/** The images of an experiment, each read once, and what the frozen part of the trunk makes of them. */
export interface McLossData {
  readonly classes: readonly string[];
  /** The family of each class; null if there are none. */
  readonly families: readonly string[] | null;
  /** Whether a mirror image is of the same class. */
  readonly mirrors: boolean;
  /** The splits as a variant takes them. The first that is pretrained waits for the trunk. */
  splits(pretrained: boolean): Promise<Splits<SplitImages>>;
}

/** Images of each drawing. */
const EMOJI = { train: 16, validation: 16, test: 12 };
const SIGNS = { train: 32, validation: 16, test: 16 };

type Task = OwnImages & Pick<McLossData, "families" | "mirrors">;

/** @throws RangeError for unknown data; whatever the set throws */
async function taskOf({ data, classes, size, seed, thinClasses }: Settings): Promise<Task> {
  if (data === "emoji")
    return {
      ...(await emojiFamilies({ classes, size, renderings: EMOJI, seed })),
      description:
        "Each class is an emoji, each family a subgroup of Unicode. Drawings by several vendors, rotated, shifted, lit and laid " +
        "over photographs: four vendors to train on, a fifth for validation, two others for the test.",
      mirrors: true,
    };
  if (data === "signs")
    return {
      ...(await trafficSigns({ classes, size, renderings: SIGNS, seed })),
      description:
        "Each class is the meaning of a traffic sign, each family a category and the first word of the meaning. Designs of the " +
        "world's signs, as seen from a car: of each class one design for the test, one for validation, the others to train on.",
      mirrors: false,
    };
  const own = await ownImages("mcloss", data, { size, seed, least: 1, thinClasses, others: ["emoji", "signs"] });
  return { ...own, families: null, mirrors: true };
}

/** Reads every image. The frozen maps are computed when they are first asked for, and once. */
export async function prepare(settings: Settings, { variants, signal }: RunContext): Promise<Prepared<McLossData>> {
  const { train, validation, test, attribution, mirrors, families, ...task } = await taskOf(settings);
  const cache = byteCache(Infinity);
  const sets = [train, validation, test].map((set) => cached(set, cache));
  await readImages(sets, signal);
  let maps: Promise<StoredFeatures[]> | undefined;
  const splits = async (pretrained: boolean) => {
    const features = pretrained ? await (maps ??= frozenMaps(sets, signal)) : [];
    const images = sets.map((set, i): SplitImages => ({ set, features: features[i] ?? null }));
    return Object.fromEntries(SPLITS.map((split, i) => [split, images[i]!])) as Splits<SplitImages>;
  };
  const usesTrunk = networks.some(({ id, pretrained }) => pretrained && variants.includes(id));
  const sizes = sizesOf({ train: train.items, validation: validation.items, test: test.items });
  return {
    data: { classes: task.classes, families, mirrors, splits },
    summary: { ...task, sizes, sources: [...attribution, ...(usesTrunk ? [trunkSource] : [])], details: { families } },
  };
}
