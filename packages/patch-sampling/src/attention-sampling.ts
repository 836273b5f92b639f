import { joinModules, requireCounts } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { attentionWithin, type AttentionMap } from "./attention-map.js";
import { requireStage, type AttentionStage } from "./attention-stage.js";
import { cellSelector } from "./cell-selector.js";
import { collateAttention } from "./collate-attention.js";
import { collatePatches, drawnPatches } from "./collate-patches.js";
import type { AttentionNetwork, FeatureNetwork, ToTensor } from "./contracts.js";
import type { Placement } from "./grid.js";
import {
  estimateOf,
  readPatches,
  requireImages,
  toUnitRange,
  unitFeatures,
  type PatchSampler,
  type SamplingPlan,
} from "./patch-sampler.js";
import { fullRegion } from "./regions.js";

/** What `attentionSampling` is made from. Plain JSON. */
export interface AttentionSamplingConfig {
  /** Scale of the view that the attention network is given, in (0, 1]. */
  readonly scale: number;
  /** Height and width of a patch, in pixels at full resolution. */
  readonly patch: readonly [height: number, width: number];
  /** The number of patches that are drawn from an image. */
  readonly samples: number;
  /** Whether a cell can be drawn twice. Default false: the estimate then varies less. */
  readonly replacement?: boolean;
  /** The part of attention, in [0, 1), that is spread evenly over all cells. Default 1e-5. */
  readonly smoothing?: number;
  /** Where the cells of the attention map lie in the image. Default `centre`. */
  readonly placement?: Placement;
}

/** The networks of `attentionSampling`, which disposes of them. */
export interface AttentionSamplingParts {
  readonly attention: AttentionNetwork;
  readonly features: FeatureNetwork;
  /** Makes the input of both networks of pixels. Default: numbers in [0, 1]. */
  readonly toTensor?: ToTensor;
}

/** The patches that `attentionSampling` reads of an image, and the attention that they were drawn from. */
export interface AttentionSamplingPlan extends SamplingPlan {
  readonly attentionMap: AttentionMap;
}

/**
 * Attention sampling in one stage. The attention network is given a view of the full image at low resolution; patches
 * are drawn from its attention, and only they are read at full resolution.
 *
 *     Φ = sum_i p_i f_i ≈ sum_k factors_k p_{i_k} f_{i_k},   p: attention of the cells of a view at `scale`, ‖f‖ = 1
 *
 * The estimate and its gradients are unbiased in mode `sample`; see `Draw`.
 *
 * Ref: Katharopoulos & Fleuret 2019, arXiv:1905.03711.
 * @throws RangeError for a scale outside (0, 1], or sizes that are not whole numbers of at least 1
 */
export function attentionSampling(
  { attention, features, toTensor = toUnitRange }: AttentionSamplingParts,
  config: AttentionSamplingConfig,
): PatchSampler<AttentionSamplingPlan> {
  const { scale, patch, samples, replacement = false, smoothing = 1e-5, placement = "centre" } = config;
  const stage: AttentionStage = {
    network: attention,
    toTensor,
    scale,
    size: patch,
    placement,
    smoothing,
    score: null,
  };
  requireStage("attentionSampling", { scale: "scale", size: "patch" }, stage);
  requireCounts("attentionSampling", { samples });
  return {
    ...joinModules({ attention, features }),
    read: readPatches,
    async plan(image, ctx, options = {}) {
      const { contrast = false, samples: count = samples } = options;
      requireCounts("plan", { samples: count });
      const select = cellSelector(count, options, ctx, replacement);
      const how = { contrast, keepViews: ctx.training };
      const maps = await attentionWithin(stage, image, [fullRegion(image)], how, () => select);
      const [attentionMap] = maps as [AttentionMap];
      return { attentionMap, regions: attentionMap.regions };
    },
    collate(batch, ctx) {
      requireImages("attentionSampling", batch);
      const attentionMaps = batch.map(({ plan }) => plan.attentionMap);
      return tf.tidy(() => {
        const { maps, starts } = collateAttention(stage, attentionMaps, ctx);
        const drawn = attentionMaps.flatMap(({ draw }, i) => drawnPatches(draw, starts[i]!));
        return collatePatches(batch, drawn, [maps], toTensor);
      });
    },
    estimate: (inputs, ctx) =>
      estimateOf("attentionSampling", unitFeatures(features), { attention: stage }, inputs, ctx),
  };
}
