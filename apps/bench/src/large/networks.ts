import {
  attentionSamplingClassifier,
  fullImageClassifier,
  zoomInClassifier,
  type LargeImageClassifier,
} from "@fovea/models";
import { convAttention, patchFeatures } from "@fovea/patch-sampling";
import type { Network } from "./cases.js";
import type { Settings } from "./settings.js";

/** The feature network that all share, and the length of its vectors: to compare with another, change it here. */
const FEATURES = { make: () => patchFeatures(), dim: 64 };

const CLASSES = 4;

const shared = { classes: CLASSES, dim: FEATURES.dim };
const attention = (seed: number) => convAttention({ channels: 16, strides: [2, 1, 1], seed });

/** A classifier of large images for each network, with weights of its own. */
export const networks: Readonly<Record<Network, (settings: Settings) => LargeImageClassifier>> = {
  full: () => fullImageClassifier(shared, { features: FEATURES.make() }),
  "down-scaled": ({ scale }) => fullImageClassifier({ ...shared, scale }, { features: FEATURES.make() }),
  attention: ({ scale, patch, samples }) =>
    attentionSamplingClassifier(
      { ...shared, scale, patch: [patch, patch], samples },
      { attention: attention(1), features: FEATURES.make() },
    ),
  "zoom-in": ({ scale, secondScale, tile, patch, samples }) =>
    zoomInClassifier(
      {
        ...{ ...shared, first: "grid", tile: [tile, tile], firstScale: scale, secondScale },
        ...{ patch: [patch, patch], samples },
      },
      { first: attention(1), second: attention(2), features: FEATURES.make() },
    ),
};
