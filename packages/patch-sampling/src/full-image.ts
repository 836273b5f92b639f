import { joinModules } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireScale } from "./checks.js";
import { collatePatches } from "./collate-patches.js";
import type { FeatureNetwork, ToTensor } from "./contracts.js";
import { estimateOf, requireImages, toUnitRange, type PatchSampler, type SamplingPlan } from "./patch-sampler.js";
import { fullRegion, readRegion } from "./regions.js";

/** What `fullImage` is made from. Plain JSON. */
export interface FullImageConfig {
  /** Scale of the image that the network is given, in (0, 1]. Default 1: every pixel. */
  readonly scale?: number;
}

/** The network of `fullImage`, which disposes of it. */
export interface FullImageParts {
  readonly features: FeatureNetwork;
  /** Makes the network's input of pixels. Default: numbers in [0, 1]. */
  readonly toTensor?: ToTensor;
}

/**
 * The baseline for the other samplers: an ordinary network on the full image, which draws no patches.
 *
 *     Φ = f(image at `scale`)
 *
 * At scale 1 memory and time grow with the image; at a lower scale small things are lost. Modes and `contrast` change
 * nothing; the negative entropy is 0.
 *
 * @throws RangeError for a scale outside (0, 1]
 */
export function fullImage(
  { features, toTensor = toUnitRange }: FullImageParts,
  { scale = 1 }: FullImageConfig = {},
): PatchSampler {
  requireScale("fullImage", "scale", scale);
  return {
    ...joinModules({ features }),
    plan: (image) => Promise.resolve({ regions: [fullRegion(image)] }),
    read: async (image, plan: SamplingPlan) => ({
      plan,
      patches: await Promise.all(plan.regions.map((region) => readRegion(image, region, scale))),
    }),
    collate(batch) {
      requireImages("fullImage", batch);
      const drawn = batch.map(() => ({ cells: [], factor: 1 }));
      return tf.tidy(() => collatePatches(batch, drawn, [], toTensor));
    },
    estimate: (inputs, ctx) => estimateOf("fullImage", (x, ctx) => features.forward(x, ctx), {}, inputs, ctx),
  };
}
