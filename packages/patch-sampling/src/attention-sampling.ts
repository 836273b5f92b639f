import { joinModules, requireCounts, scope } from "@fovea/nn";
import { requireEye } from "./checks.js";
import { negativeEntropy } from "./attention.js";
import { attentionAgain, choiceOf, glancesAt, type Eye, type Glance } from "./glance.js";
import type { Placement } from "./grid.js";
import type { AttentionNetwork, FeatureNetwork, Picture, Region, ToTensor } from "./picture.js";
import { drawnOf, weightsOf } from "./weights.js";
import { estimateOf, readAll, toUnitRange, type Plan, type Sampler } from "./sampler.js";

/** What `attentionSampling` is made from. Plain JSON. */
export interface AttentionSamplingConfig {
  /** Of the view that attention is given, in (0, 1]. */
  readonly scale: number;
  /** Height and width of a patch, in pixels at full resolution. */
  readonly patch: readonly [height: number, width: number];
  /** Patches of a picture. */
  readonly samples: number;
  /** Whether a cell can be drawn twice. Default false, which varies less. */
  readonly replacement?: boolean;
  /** Share of attention that is spread evenly. Default 1e-5. */
  readonly smoothing?: number;
  /** Where the cells of the attention map lie in the picture. Default `centre`. */
  readonly placement?: Placement;
}

/** The networks of `attentionSampling`, which takes them over. */
export interface AttentionSamplingParts {
  readonly attention: AttentionNetwork;
  readonly features: FeatureNetwork;
  /** Pixels as both networks take them. Default: numbers in [0, 1]. */
  readonly toTensor?: ToTensor;
}

export interface AttentionPlan extends Plan {
  readonly glance: Glance;
}

/**
 * Attention sampling in one stage: a view of the whole picture says where to look, and only there it is read in full.
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
): Sampler<AttentionPlan> {
  const { scale, patch, samples, replacement = false, smoothing = 1e-5, placement = "centre" } = config;
  const eye: Eye = { network: attention, toTensor, scale, size: patch, placement, smoothing, score: "sum" };
  requireEye("attentionSampling", { scale: "scale", size: "patch" }, eye);
  requireCounts("attentionSampling", { samples });
  return {
    ...joinModules({ attention, features }),
    read: readAll,
    async plan(picture, ctx, options = {}) {
      const { contrast = false, samples: n = samples } = options;
      requireCounts("plan", { samples: n });
      const how = { contrast, keep: ctx.training };
      const choose = choiceOf(n, options, ctx, replacement);
      const glances = await glancesAt(eye, picture, [whole(picture)], how, () => choose);
      const [glance] = glances as [Glance];
      return { glance, regions: glance.regions };
    },
    estimate(seen, ctx) {
      const weigh = (plans: readonly AttentionPlan[]) => {
        const glances = plans.map(({ glance }) => glance);
        const attended = attentionAgain(eye, glances, scope(ctx, "attention"));
        const weights = weightsOf(
          [attended],
          glances.flatMap(({ draw }, b) => drawnOf(attended, b, draw)),
        );
        return { weights, negativeEntropy: negativeEntropy(attended.attention) };
      };
      return estimateOf("attentionSampling", { features, toTensor }, seen, weigh, ctx);
    },
  };
}

/** All of a picture. */
export const whole = ({ width, height }: Picture): Region => ({ left: 0, top: 0, width, height });
