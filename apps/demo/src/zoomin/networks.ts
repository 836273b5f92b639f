import { largeImageClassifier, fullImageClassifier, zoomInClassifier, type LargeImageClassifier } from "@fovea/models";
import { subSeed, type LargeImage } from "@fovea/nn";
import {
  attentionSampling,
  convAttention,
  patchFeatures,
  type SamplingPlan,
  type TileScore,
} from "@fovea/patch-sampling";
import { publishedGradient } from "./published-gradient.js";
import type { Settings } from "./settings.js";

/** What all variants are. */
export type Model = LargeImageClassifier<SamplingPlan>;

/** One way to classify large images. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Id of the network that it differs from in one thing only. */
  readonly baseline?: string;
  /** Scale of the view of the whole image that it is given at once; null if there is no such view. */
  viewScale(settings: Settings): number | null;
  /** Scale of the scenes that its feature network has learned from first. Default 1. */
  pretrainScale?(settings: Settings): number;
  /** Whether it also learns that nothing is to be seen where attention is not. */
  readonly contrast?: boolean;
  build(settings: Settings, classes: number): Model;
}

const firstScale = (settings: Settings): number => settings.firstScale;

type Way = Pick<Network, "viewScale" | "build">;

const byZoomIn = (score: TileScore): Way => ({
  viewScale: () => null,
  build(settings, classes) {
    const { tile, patch, firstScale, secondScale, samples } = settings;
    const sizes = { tile: [tile, tile], patch: [patch, patch], firstScale, secondScale, samples, score } as const;
    const [first, second] = [attentionOf("first", settings), attentionOf("second", settings)];
    const parts = { first, second, features: featuresOf(settings) };
    return zoomInClassifier({ ...sizes, ...headOf(settings, classes) }, parts);
  },
});

const byAttention = (sampler: typeof attentionSampling): Way => ({
  viewScale: firstScale,
  build(settings, classes) {
    const { firstScale: scale, patch, samples } = settings;
    const parts = { attention: attentionOf("attention", settings), features: featuresOf(settings) };
    return largeImageClassifier(sampler(parts, { scale, patch: [patch, patch], samples }), headOf(settings, classes));
  },
});

const byWholeImage = (scale: (settings: Settings) => number): Way => ({
  viewScale: scale,
  build: (settings, classes) => wholeImage(settings, classes, scale(settings)),
});

/** Everything that is compared. */
export const NETWORKS: readonly Network[] = [
  {
    ...{ id: "zoom-in", name: "Zoom-In", ...byZoomIn("sum") },
    description:
      "a view of each tile at low resolution selects a few tiles, and a view of these at a higher resolution selects the patches",
  },
  {
    ...{ id: "attention-sampling", name: "attention sampling", ...byAttention(attentionSampling) },
    description: "one view of the full image, at the scale of Zoom-In's first view, selects the patches",
  },
  {
    ...{ id: "down-scaled", name: "CNN, down-scaled", ...byWholeImage(firstScale) },
    description: "the feature network alone, on the same view as attention sampling",
  },
  {
    ...{ id: "full", name: "CNN, full image", ...byWholeImage(() => 1) },
    description: "the feature network alone, on every pixel",
  },
  {
    ...{ id: "zoom-in-contrast", name: "Zoom-In with contrast", ...byZoomIn("sum") },
    ...{ baseline: "zoom-in", contrast: true },
    description: "it also learns that patches with low attention show nothing (contrast)",
  },
  {
    ...{ id: "zoom-in-mean", name: "Zoom-In, tiles by the mean", ...byZoomIn("mean"), baseline: "zoom-in" },
    description: "the score of a tile is the mean of its cells, as in the authors' code, instead of their sum",
  },
  {
    ...{ id: "down-scaled-features", name: "CNN, down-scaled, features too", ...byWholeImage(firstScale) },
    ...{ baseline: "down-scaled", pretrainScale: firstScale },
    description: "its features were learned at the scale of its view, instead of full resolution",
  },
  {
    ...{ id: "published-gradient", name: "attention sampling, published gradient", ...byAttention(publishedGradient) },
    baseline: "attention-sampling",
    description: "the same estimate, with the reference library's gradient for attention, which is biased",
  },
];

/** Pixels of a view of the whole, at most. */
const MOST_PIXELS = 2 ** 23;

/** Whether the view of the whole image that a network is given, if any, is small enough. */
export function fits({ width, height }: Pick<LargeImage, "width" | "height">, network: Network, settings: Settings) {
  const scale = network.viewScale(settings);
  return scale === null || width * scale * (height * scale) <= MOST_PIXELS;
}

/** Length of the feature networks' vectors. */
const DIM = 64;

const headOf = ({ seed }: Settings, classes: number) => ({ classes, dim: DIM, seed });

/** A feature network, not yet trained. */
export const featuresOf = ({ seed }: Settings) => patchFeatures({ dim: DIM, seed: subSeed(seed, "features") });

/** A cell is two pixels of the view. */
export const attentionOf = (name: string, { seed }: Settings) =>
  convAttention({ channels: 16, strides: [2, 1, 1], seed: subSeed(seed, name) });

/** An ordinary network on a view of the whole. */
export const wholeImage = (settings: Settings, classes: number, scale: number): Model =>
  fullImageClassifier({ scale, ...headOf(settings, classes) }, { features: featuresOf(settings) });
