import {
  attentionSamplingClassifier,
  largeImageClassifier,
  fullImageClassifier,
  zoomInClassifier,
  type LargeImageClassifier,
} from "@fovea/models";
import { subSeed } from "@fovea/nn";
import {
  convAttention,
  patchFeatures,
  type AttentionSamplingConfig,
  type SamplingPlan,
  type TileScore,
} from "@fovea/patch-sampling";
import { publishedGradient } from "./published-gradient.js";
import type { Settings } from "./settings.js";

/** One way to look at large pictures. */
export interface Strategy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /**
   * How much of a picture it is given at once: a pixel of that view is so many of the picture. Null: no view of the
   * whole.
   */
  whole(settings: Settings): number | null;
  /** A pixel that its feature network learned from before was so many of the picture. Default: 1. */
  shrunk?(settings: Settings): number;
  /** Whether it also learns where there is nothing to be seen. */
  readonly contrast?: boolean;
  /** Differs from this one in one thing only. */
  readonly against?: string;
  build(settings: Settings, classes: number): LargeImageClassifier<SamplingPlan>;
}

/** Everything that the demo compares. */
export const STRATEGIES: readonly Strategy[] = [
  {
    id: "zoom-in",
    name: "Zoom-In",
    description: "a view of each tile says which tiles to come nearer to, a view of these where the patches are",
    whole: () => null,
    build: (settings, classes) => zoomIn(settings, classes),
  },
  {
    id: "attention-sampling",
    name: "attention sampling",
    description: "one view of the whole picture, at the scale of Zoom-In's first, says where the patches are",
    whole: ({ far }) => far,
    build: attentionSampling,
  },
  {
    id: "down-scaled",
    name: "CNN, down-scaled",
    description: "the feature network alone, on the view that attention sampling has",
    whole: ({ far }) => far,
    build: (settings, classes) => whole(settings, classes, 1 / settings.far),
  },
  {
    id: "full",
    name: "CNN, full picture",
    description: "the feature network alone, on every pixel",
    whole: () => 1,
    build: (settings, classes) => whole(settings, classes, 1),
  },
  {
    id: "zoom-in-contrast",
    name: "Zoom-In with contrast",
    description: "it also learns that nothing is to be seen where attention is not",
    whole: () => null,
    contrast: true,
    against: "zoom-in",
    build: (settings, classes) => zoomIn(settings, classes),
  },
  {
    id: "zoom-in-mean",
    name: "Zoom-In, tiles by the mean",
    description: "the score of a tile is the mean of its cells, as in the authors' code, not their sum",
    whole: () => null,
    against: "zoom-in",
    build: (settings, classes) => zoomIn(settings, classes, "mean"),
  },
  {
    id: "down-scaled-features",
    name: "CNN, down-scaled, features too",
    description: "its features were learned at the scale of its view, not from every pixel",
    whole: ({ far }) => far,
    shrunk: ({ far }) => far,
    against: "down-scaled",
    build: (settings, classes) => whole(settings, classes, 1 / settings.far),
  },
  {
    id: "published-gradient",
    name: "attention sampling, published gradient",
    description: "the same estimate with the reference library's gradient for attention, which is biased",
    whole: ({ far }) => far,
    against: "attention-sampling",
    build(settings, classes) {
      const sampler = publishedGradient(attentionParts(settings), samplingConfig(settings));
      return largeImageClassifier(sampler, { classes, dim: DIM, seed: settings.seed });
    },
  },
];

/** Length of the feature networks' vectors. */
const DIM = 64;

/** A feature network, not yet trained. */
const featuresOf = ({ seed }: Settings) => patchFeatures({ dim: DIM, seed: subSeed(seed, "features") });

/** A cell is two pixels of the view. */
const attentionOf = (name: string, { seed }: Settings) =>
  convAttention({ channels: 16, strides: [2, 1, 1], seed: subSeed(seed, name) });

const attentionParts = (settings: Settings) => ({
  attention: attentionOf("attention", settings),
  features: featuresOf(settings),
});

const samplingConfig = ({ far, patch, samples }: Settings): AttentionSamplingConfig => ({
  scale: 1 / far,
  patch: [patch, patch],
  samples,
});

function attentionSampling(settings: Settings, classes: number): LargeImageClassifier<SamplingPlan> {
  const config = { ...samplingConfig(settings), classes, dim: DIM, seed: settings.seed };
  return attentionSamplingClassifier(config, attentionParts(settings));
}

function zoomIn(settings: Settings, classes: number, score: TileScore = "sum"): LargeImageClassifier<SamplingPlan> {
  const { tile, patch, far, near, samples, seed } = settings;
  const sizes = { tile: [tile, tile], patch: [patch, patch], firstScale: 1 / far, secondScale: 1 / near } as const;
  const [first, second] = [attentionOf("first", settings), attentionOf("second", settings)];
  const features = featuresOf(settings);
  return zoomInClassifier({ ...sizes, score, samples, classes, dim: DIM, seed }, { first, second, features });
}

/** An ordinary network on a view of the whole. */
export const whole = (settings: Settings, classes: number, scale: number) =>
  fullImageClassifier({ scale, classes, dim: DIM, seed: settings.seed }, { features: featuresOf(settings) });

/** The strategies of the given ids, in the order of `STRATEGIES`. @throws RangeError for an unknown id */
export function strategiesOf(ids: readonly string[]): Strategy[] {
  const unknown = ids.find((id) => !STRATEGIES.some((strategy) => strategy.id === id));
  if (unknown !== undefined)
    throw new RangeError(`zoomin: no strategy \`${unknown}\`; there are ${STRATEGIES.map(({ id }) => id).join(", ")}.`);
  return STRATEGIES.filter(({ id }) => ids.includes(id));
}
