import type { ImageItem, ImageSet } from "@fovea/data";
import { rng, type Pixels } from "@fovea/nn";
import sharp from "sharp";
import { sourcesOf, type Source } from "../attribution.js";
import { earthPhotos } from "./backgrounds.js";
import { compose } from "./compose.js";
import { cutOut, type Cutout, type Drawing } from "./cut-out.js";
import { drawPose, sideOf, type Variation } from "./pose.js";

/** Options that all images of a set share. */
export interface RenderOptions {
  /** The function that makes the set: no two draw the same poses. */
  readonly maker: string;
  /** Width and height of the images, in pixels. */
  readonly size: number;
  /** How much renderings of one drawing differ. */
  readonly variation: Variation;
  /** Seed of poses and backgrounds. */
  readonly seed: number;
}

/** Names of a drawing. */
export interface Subject {
  /** The thing that is drawn. */
  readonly thing: string;
  readonly label: number;
  /** The drawing among those of that thing: the group of its images. */
  readonly design: string;
}

/**
 * Images of one drawing, its design as their group. The drawing is rasterized at the first `load` that needs it, and
 * kept; each `load` poses it again, which is cheaper than a cache of its own.
 */
export function renderings(
  drawing: Drawing,
  { thing, label, design }: Subject,
  count: number,
  { maker, size, variation, seed }: RenderOptions,
): ImageItem[] {
  const cutouts = new Map<number, Promise<Cutout>>();
  const cutoutOf = (level: number) => {
    const cutout = cutouts.get(level) ?? cutOut(drawing, Math.ceil(size / 2 ** level));
    cutouts.set(level, cutout);
    return cutout;
  };
  const load = async (index: number): Promise<Pixels> => {
    const photos = variation.background === "photo" ? await earthPhotos() : null;
    const pose = drawPose(rng(seed).split(maker, thing, design, index), variation);
    const cutout = await cutoutOf(Math.max(0, Math.floor(-Math.log2(sideOf(pose))))); // never shrunk to less than half
    return soften({ width: size, height: size, channels: 3, data: compose(cutout, pose, photos, size) }, pose.blur);
  };
  return Array.from({ length: count }, (_, index) => ({
    id: `${thing}/${design}/${index}`,
    label,
    group: design,
    load: () => load(index),
  }));
}

/** The least that sharp takes: a neighbour's share is 0.4 % there. */
const LEAST_SIGMA = 0.3;

async function soften(pixels: Pixels, sigma: number): Promise<Pixels> {
  if (sigma < LEAST_SIGMA) return pixels;
  const { data, ...raw } = pixels;
  return { ...raw, data: await sharp(data, { raw }).blur(sigma).raw().toBuffer() };
}

/** A set of rendered items, of which none is ever skipped. */
export const renderedSet = (name: string, classes: readonly string[], items: readonly ImageItem[]): ImageSet => ({
  name,
  classes,
  skipped: [],
  items,
});

/** Who must be credited for images of drawings from these packages. */
export const creditsOf = (packages: readonly string[], { background }: Pick<Variation, "background">): Source[] =>
  sourcesOf([...packages, ...(background === "photo" ? ["three-globe"] : [])]);
