import { joinModules, requireCounts, scope, type Context } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { apportion } from "./apportion.js";
import { negativeEntropy } from "./attention.js";
import { whole } from "./attention-sampling.js";
import { requireEye, requireOneOf } from "./checks.js";
import { drawWithReplacement, takeAll, takeLargest, type Draw } from "./draw.js";
import {
  attentionAgain,
  chanceOf,
  choiceOf,
  glancesAt,
  glanceOver,
  modeOf,
  type Choice,
  type Eye,
  type Glance,
  type Glancing,
  type PlanOptions,
  type TileScore,
} from "./glance.js";
import { tilesOf, type Placement } from "./grid.js";
import type { AttentionNetwork, FeatureNetwork, Picture, ToTensor } from "./picture.js";
import { estimateOf, readAll, toUnitRange, type Plan, type Sampler, type Weighing } from "./sampler.js";
import { drawnOf, weightsOf } from "./weights.js";

/** What `zoomIn` is made from. Plain JSON. */
export interface ZoomInConfig {
  /**
   * How tiles are found. `grid`: side by side, their views scored a few at a time, so that memory does not depend on
   * the picture. `map`: around the cells of one view of the whole picture. Default `grid`.
   */
  readonly first?: "grid" | "map";
  /**
   * What the cells of a tile's view, with logits z_i, make its logit, with `grid`. `sum`: log sum_i exp z_i, so that a
   * tile has the attention that its cells have among those of all tiles. `mean`: mean_i z_i, as in the authors' code;
   * then what is small in a tile must shout. Default `sum`.
   */
  readonly score?: TileScore;
  /** Height and width of a tile, in pixels at full resolution. */
  readonly tile: readonly [height: number, width: number];
  /** Of the views that the first stage is given, in (0, 1]. */
  readonly firstScale: number;
  /**
   * Of the view of a tile that the second stage is given, in (0, 1]; larger than `firstScale`, or the second sees no
   * more.
   */
  readonly secondScale: number;
  /** Height and width of a patch, in pixels at full resolution. */
  readonly patch: readonly [height: number, width: number];
  /** Patches of a picture. */
  readonly samples: number;
  /** Share of attention that is spread evenly, in both stages. Default 1e-5. */
  readonly smoothing?: number;
  /** Where the cells of an attention map lie. Default `centre`. */
  readonly placement?: Placement;
}

/** The networks of `zoomIn`, which takes them over. */
export interface ZoomInParts {
  /** Attention over tiles: with `grid`, the cells of a view score its tile. */
  readonly first: AttentionNetwork;
  /** Attention over the cells of a tile. */
  readonly second: AttentionNetwork;
  readonly features: FeatureNetwork;
  /** Pixels as all three networks take them. Default: numbers in [0, 1]. */
  readonly toTensor?: ToTensor;
}

export interface ZoomInPlan extends Plan {
  readonly tiles: Glance;
  /** Into each chosen tile. */
  readonly insides: readonly Glance[];
}

/**
 * Attention sampling in two stages: tiles of the picture first, then patches within them.
 *
 *     Φ = sum_c α_c sum_i β_ci f_ci
 *
 * n tiles are drawn from α with replacement, tile c n_c times, and in it n_c patches from β_c without replacement, or
 * all there are, so that n patches are read at most. In mode `topk` the n tiles' places are shared out in proportion to
 * α, in `exact` every patch of every tile is read. The estimate and its gradients are unbiased in mode `sample`.
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694. Its code draws patches from nearly even attention and has a biased
 * gradient; this one follows the paper's estimator. Tiles are scored by the sum of their cells unless `score` is
 * `mean`.
 * @throws RangeError for a scale outside (0, 1], or sizes that are not whole numbers of at least 1
 */
export function zoomIn(parts: ZoomInParts, config: ZoomInConfig): Sampler<ZoomInPlan> {
  const { first, second, features, toTensor = toUnitRange } = parts;
  const { tile, patch, firstScale, secondScale, samples, smoothing = 1e-5, placement = "centre" } = config;
  const { first: kind = "grid", score = "sum" } = config;
  const shared = { toTensor, placement, smoothing, score };
  const far: Eye = { ...shared, network: first, scale: firstScale, size: tile };
  const near: Eye = { ...shared, network: second, scale: secondScale, size: patch };
  requireEye("zoomIn", { scale: "firstScale", size: "tile" }, far);
  requireEye("zoomIn", { scale: "secondScale", size: "patch" }, near);
  requireCounts("zoomIn", { samples });
  requireOneOf("zoomIn", { first: kind }, ["grid", "map"]);
  requireOneOf("zoomIn", { score }, ["sum", "mean"]);
  const glanceFar = (picture: Picture, how: Glancing, choose: Choice) =>
    kind === "map"
      ? glancesAt(far, picture, [whole(picture)], how, () => choose).then(([glance]) => glance!)
      : glanceOver(far, picture, tilesOf(picture, tile), how, choose);
  return {
    ...joinModules({ first, second, features }),
    read: readAll,
    async plan(picture, ctx, options = {}) {
      const { contrast = false, samples: n = samples } = options;
      requireCounts("plan", { samples: n });
      const how = { contrast, keep: ctx.training };
      const tiles = await glanceFar(picture, how, choiceOfTiles(n, options, ctx));
      const choose = (k: number) => choiceOf(tiles.draw.times[k]!, within(options, ctx, k), ctx, false);
      const insides = await glancesAt(near, picture, tiles.regions, how, choose);
      return { tiles, insides, regions: insides.flatMap(({ regions }) => regions) };
    },
    estimate: (seen, ctx) =>
      estimateOf("zoomIn", { features, toTensor }, seen, (plans) => weigh(plans, far, near, ctx), ctx),
  };
}

/** factors_c α_c · factors_k β_ck for each patch. */
function weigh(plans: readonly ZoomInPlan[], far: Eye, near: Eye, ctx: Context): Weighing {
  const insides = plans.flatMap(({ insides }) => insides);
  const alpha = attentionAgain(
    far,
    plans.map(({ tiles }) => tiles),
    scope(ctx, "first"),
  );
  const beta = attentionAgain(near, insides, scope(ctx, "second"));
  const ofTiles = plans.flatMap(({ tiles }, b) => drawnOf(alpha, b, tiles.draw)); // one an inside
  const drawn = insides.flatMap(({ draw }, k) =>
    drawnOf(beta, k, draw).map(({ cells, factor }) => ({
      cells: [...ofTiles[k]!.cells, ...cells],
      factor: ofTiles[k]!.factor * factor,
    })),
  );
  const entropies = [alpha, beta].map(({ attention }) => negativeEntropy(attention));
  return { weights: weightsOf([alpha, beta], drawn), negativeEntropy: tf.addN(entropies) };
}

/** Tiles with replacement; how many of its patches each is due. */
function choiceOfTiles(n: number, options: PlanOptions, ctx: Context): Choice {
  const chosen = modeOf(options, ctx);
  if (chosen === "exact") return takeAll;
  if (chosen === "topk") return (p) => shareOut(p, n);
  const chance = chanceOf(options, ctx).split("tiles");
  return (p) => drawWithReplacement(p, n, chance);
}

/** The tiles that get any of `n` places, in proportion to p, for all of the mass. */
function shareOut(p: ArrayLike<number>, n: number): Draw {
  const places = apportion(p, n);
  const { indices, factors } = takeLargest(p, places.filter((count) => count > 0).length);
  return { indices, factors, times: Int32Array.from(indices, (index) => places[index]!) };
}

/** Each tile draws by itself. */
const within = (options: PlanOptions, ctx: Context, k: number): PlanOptions => {
  const rng = options.rng ?? (ctx.training ? ctx.rng : undefined);
  return { ...options, ...(rng && { rng: rng.split("patches", k) }) };
};
