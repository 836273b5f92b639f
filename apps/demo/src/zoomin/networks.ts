import {
  attentionSamplingClassifier,
  largeImageClassifier,
  fullImageClassifier,
  zoomInClassifier,
  type LargeImageClassifier,
} from "@fovea/models";
import { subSeed, type LargeImage } from "@fovea/nn";
import { convAttention, patchFeatures, type SamplingPlan, type TileScore } from "@fovea/patch-sampling";
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

/** Everything that is compared. */
export const NETWORKS: readonly Network[] = [
  {
    id: "zoom-in",
    name: "Zoom-In",
    description:
      "a view of each tile says which tiles are viewed closer, and a view of these says where the patches are",
    viewScale: () => null,
    build: (settings, classes) => zoomIn(settings, classes),
  },
  {
    id: "attention-sampling",
    name: "attention sampling",
    description: "one view of the whole image, at the scale of Zoom-In's first, says where the patches are",
    viewScale: firstScale,
    build: (settings, classes) =>
      attentionSamplingClassifier({ ...samplingConfig(settings), ...headOf(settings, classes) }, attentionParts(settings)), // prettier-ignore
  },
  {
    id: "down-scaled",
    name: "CNN, down-scaled",
    description: "the feature network alone, on the view that attention sampling has",
    viewScale: firstScale,
    build: (settings, classes) => wholeImage(settings, classes, settings.firstScale),
  },
  {
    id: "full",
    name: "CNN, full image",
    description: "the feature network alone, on every pixel",
    viewScale: () => 1,
    build: (settings, classes) => wholeImage(settings, classes, 1),
  },
  {
    id: "zoom-in-contrast",
    name: "Zoom-In with contrast",
    description: "it also learns that nothing is to be seen where attention is not",
    viewScale: () => null,
    contrast: true,
    baseline: "zoom-in",
    build: (settings, classes) => zoomIn(settings, classes),
  },
  {
    id: "zoom-in-mean",
    name: "Zoom-In, tiles by the mean",
    description: "the score of a tile is the mean of its cells, as in the authors' code, not their sum",
    viewScale: () => null,
    baseline: "zoom-in",
    build: (settings, classes) => zoomIn(settings, classes, "mean"),
  },
  {
    id: "down-scaled-features",
    name: "CNN, down-scaled, features too",
    description: "its features were learned at the scale of its view, not from every pixel",
    viewScale: firstScale,
    pretrainScale: firstScale,
    baseline: "down-scaled",
    build: (settings, classes) => wholeImage(settings, classes, settings.firstScale),
  },
  {
    id: "published-gradient",
    name: "attention sampling, published gradient",
    description: "the same estimate with the reference library's gradient for attention, which is biased",
    viewScale: firstScale,
    baseline: "attention-sampling",
    build: (settings, classes) =>
      largeImageClassifier(publishedGradient(attentionParts(settings), samplingConfig(settings)), headOf(settings, classes)), // prettier-ignore
  },
];

export const networkOf = (id: string): Network | undefined => NETWORKS.find((network) => network.id === id);

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
const featuresOf = ({ seed }: Settings) => patchFeatures({ dim: DIM, seed: subSeed(seed, "features") });

/** A cell is two pixels of the view. */
const attentionOf = (name: string, { seed }: Settings) =>
  convAttention({ channels: 16, strides: [2, 1, 1], seed: subSeed(seed, name) });

const attentionParts = (settings: Settings) => ({
  attention: attentionOf("attention", settings),
  features: featuresOf(settings),
});

const samplingConfig = ({ firstScale: scale, patch, samples }: Settings) =>
  ({ scale, patch: [patch, patch], samples }) as const;

function zoomIn(settings: Settings, classes: number, score: TileScore = "sum"): Model {
  const { tile, patch, firstScale, secondScale, samples } = settings;
  const sizes = { tile: [tile, tile], patch: [patch, patch], firstScale, secondScale, samples } as const;
  const [first, second] = [attentionOf("first", settings), attentionOf("second", settings)];
  const parts = { first, second, features: featuresOf(settings) };
  return zoomInClassifier({ ...sizes, score, ...headOf(settings, classes) }, parts);
}

/** An ordinary network on a view of the whole. */
export const wholeImage = (settings: Settings, classes: number, scale: number): Model =>
  fullImageClassifier({ scale, ...headOf(settings, classes) }, { features: featuresOf(settings) });
