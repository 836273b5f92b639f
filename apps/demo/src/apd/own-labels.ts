import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { SegmentationSet } from "@fovea/data";
import { segmentationFolder } from "@fovea/data/node";
import { rng } from "@fovea/nn";
import { SPLITS, type Split, type Splits } from "../own-splits.js";

/** The share of the images that is held out for each split that is missing. */
const HELD_OUT = 0.2;

/**
 * Images of one's own and their label maps, from `root/images` and `root/labels`; or from those of
 * `root/train`, `root/validation` and `root/test`, or of `root/images/train` and so on. Splits that are missing are
 * drawn from the training images by the seed.
 *
 * @throws Error that names files which do not fit together; RangeError for too few images
 */
export async function ownLabels(path: string, seed: number): Promise<Splits<SegmentationSet>> {
  const root = resolve(path);
  const has = (split: Split) => existsSync(join(root, split)) || existsSync(join(root, "images", split));
  const sets: Partial<Record<Split, SegmentationSet>> = {};
  if (!has("train")) sets.train = await segmentationFolder(root);
  else for (const split of SPLITS) if (has(split)) sets[split] = await segmentationFolder(root, { split });
  for (const { skipped } of Object.values(sets))
    for (const { id, reason } of skipped) console.error(`apd: ${id} is left out: ${reason}`);
  for (const split of ["test", "validation"] as const)
    if (!sets[split]) [sets.train, sets[split]] = heldOut(sets.train!, split, seed, basename(root));
  return sets as Splits<SegmentationSet>;
}

/** @returns the rest of the images, and those that were drawn */
function heldOut(
  set: SegmentationSet,
  split: Split,
  seed: number,
  name: string,
): readonly [SegmentationSet, SegmentationSet] {
  const { items } = set;
  if (items.length < 2)
    throw new RangeError(`apd: expected at least 3 images in ${set.name}, of which some are held out, got too few.`);
  const order = rng(seed).split("split", split).permutation(items.length);
  const drawn = new Set(order.subarray(0, Math.max(1, Math.round(HELD_OUT * items.length))));
  const part = (of: string, isDrawn: boolean): SegmentationSet => ({
    ...set,
    name: `${name}/${of}`,
    items: items.filter((_, i) => drawn.has(i) === isDrawn),
  });
  return [part("train", false), part(split, true)];
}
