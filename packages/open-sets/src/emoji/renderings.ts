import type { ImageItem, Pixels } from "@fovea/data";
import { rng } from "@fovea/nn";
import { earthPhotos } from "./backgrounds.js";
import type { Emoji } from "./catalogue.js";
import { compose } from "./compose.js";
import { cutOut, type Cutout, type Drawing } from "./drawings.js";
import { drawPose, type Variation } from "./pose.js";
import type { Vendor } from "./vendors.js";

/** What every picture of a set has in common. */
export interface RenderOptions {
  readonly size: number;
  readonly variation: Variation;
  readonly seed: number;
}

/**
 * Pictures of one vendor's drawing of one emoji, the vendor as their group. The drawing is rasterized once, at the first
 * `load`, and kept; each `load` poses it anew, which is cheaper than a memory of its own.
 */
export function renderings(
  drawing: Drawing,
  { emoji, label, vendor }: { readonly emoji: Emoji; readonly label: number; readonly vendor: Vendor },
  count: number,
  { size, variation, seed }: RenderOptions,
): ImageItem[] {
  let cutout: Promise<Cutout> | undefined;
  const load = async (index: number): Promise<Pixels> => {
    const photos = variation.background === "photo" ? await earthPhotos() : null;
    const pose = drawPose(rng(seed).split("emojiViews", emoji.hex, vendor, index), variation);
    const data = compose(await (cutout ??= cutOut(drawing, size)), pose, photos, size);
    return { width: size, height: size, channels: 3, data };
  };
  return Array.from({ length: count }, (_, index) => ({
    id: `${emoji.hex}/${vendor}/${index}`,
    label,
    group: vendor,
    load: () => load(index),
  }));
}
