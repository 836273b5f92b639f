import { joinModules, requireCounts, requireOneOf, type Context, type LargeImage } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { apportion } from "./apportion.js";
import { attentionOver, attentionWithin, type AttentionMap, type AttentionMapOptions } from "./attention-map.js";
import { requireStage, type AttentionStage, type TileScore } from "./attention-stage.js";
import { cellSelector, modeOf, rngOf, type CellSelector, type SamplingOptions } from "./cell-selector.js";
import { collateAttention } from "./collate-attention.js";
import { collatePatches, drawnPatches } from "./collate-patches.js";
import type { AttentionNetwork, FeatureNetwork, ToTensor } from "./contracts.js";
import { drawWithReplacement, takeAll, takeLargest, type Draw } from "./draw.js";
import { tilesOf, type Placement } from "./grid.js";
import {
  estimateOf,
  readPatches,
  requireImages,
  toUnitRange,
  unitFeatures,
  type PatchSampler,
  type SampledPatches,
  type SamplingPlan,
} from "./patch-sampler.js";
import { fullRegion } from "./regions.js";
import { roundCount } from "./round-count.js";
import type { SamplerInputs } from "./sampler-inputs.js";

/** What `zoomIn` is made from. Plain JSON. */
export interface ZoomInConfig {
  /**
   * How tiles are found. `grid`: side by side, their views scored a few at a time, so that memory does not depend on
   * the image. `map`: around the cells of one view of the full image. Default `grid`.
   */
  readonly first?: "grid" | "map";
  /**
   * How the logits z_i of the cells in a tile's view make the logit of the tile, with `grid`. `sum`: log sum_i exp z_i,
   * so that a tile has the attention that its cells have among those of all tiles. `mean`: mean_i z_i, as in the
   * authors' code; a small object then needs a much larger logit. Default `sum`.
   */
  readonly score?: TileScore;
  /** Height and width of a tile, in pixels at full resolution. */
  readonly tile: readonly [height: number, width: number];
  /** Scale of the views that the first stage is given, in (0, 1]. */
  readonly firstScale: number;
  /**
   * Scale of the view of a tile that the second stage is given, in (0, 1]. It should be larger than `firstScale`: else
   * the second stage sees no more than the first.
   */
  readonly secondScale: number;
  /** Height and width of a patch, in pixels at full resolution. */
  readonly patch: readonly [height: number, width: number];
  /** The number of patches that are drawn from an image. */
  readonly samples: number;
  /** The part of attention, in [0, 1), that is spread evenly over all cells, in both stages. Default 1e-5. */
  readonly smoothing?: number;
  /** Where the cells of an attention map lie in their region. Default `centre`. */
  readonly placement?: Placement;
}

/** The networks of `zoomIn`, which disposes of them. */
export interface ZoomInParts {
  /** Attention over tiles: with `grid`, the cells of a view score its tile. */
  readonly first: AttentionNetwork;
  /** Attention over the cells of a tile. */
  readonly second: AttentionNetwork;
  readonly features: FeatureNetwork;
  /** Makes the input of all three networks of pixels. Default: numbers in [0, 1]. */
  readonly toTensor?: ToTensor;
}

/** The patches that `zoomIn` reads of an image, and the attention of both stages that they were drawn from. */
export interface ZoomInPlan extends SamplingPlan {
  /** Attention over tiles. */
  readonly tileMap: AttentionMap;
  /** Attention over the patches of each drawn tile, in the order of `tileMap.draw`. */
  readonly patchMaps: readonly AttentionMap[];
}

/**
 * Attention sampling in two stages: tiles of the image first, then patches within them.
 *
 *     Φ = sum_c α_c sum_i β_ci f_ci
 *
 * n tiles are drawn from α with replacement, tile c n_c times, and in it n_c patches from β_c without replacement, or
 * all there are, so that n patches are read at most. In mode `topk` the n patches are apportioned to tiles in
 * proportion to α, in `exact` every patch of every tile is read. The estimate and its gradients are unbiased in mode
 * `sample`.
 *
 * Ref: Kong & Henao 2022, arXiv:2106.02694. Its code draws patches from nearly even attention and has a biased
 * gradient; this one follows the paper's estimator. Tiles are scored by the sum of their cells unless `score` is
 * `mean`.
 * @throws RangeError for a scale outside (0, 1], or sizes that are not whole numbers of at least 1
 */
export function zoomIn(parts: ZoomInParts, config: ZoomInConfig): PatchSampler<ZoomInPlan> {
  const { first, second, features, toTensor = toUnitRange } = parts;
  const { tile, patch, firstScale, secondScale, samples, smoothing = 1e-5, placement = "centre" } = config;
  const { first: kind = "grid", score = "sum" } = config;
  const shared = { toTensor, placement, smoothing };
  const tileScore = kind === "map" ? null : score;
  const tileStage: AttentionStage = { ...shared, network: first, scale: firstScale, size: tile, score: tileScore };
  const patchStage: AttentionStage = { ...shared, network: second, scale: secondScale, size: patch, score: null };
  requireStage("zoomIn", { scale: "firstScale", size: "tile" }, tileStage);
  requireStage("zoomIn", { scale: "secondScale", size: "patch" }, patchStage);
  requireCounts("zoomIn", { samples });
  requireOneOf("zoomIn", { first: kind }, ["grid", "map"]);
  requireOneOf("zoomIn", { score }, ["sum", "mean"]);
  const tileMapOf = (image: LargeImage, how: AttentionMapOptions, select: CellSelector) =>
    kind === "map"
      ? attentionWithin(tileStage, image, [fullRegion(image)], how, () => select).then(([map]) => map!)
      : attentionOver({ ...tileStage, score }, image, tilesOf(image, tile), how, select);
  return {
    ...joinModules({ first, second, features }),
    read: readPatches,
    async plan(image, ctx, options = {}) {
      const { contrast = false, samples: count = samples } = options;
      requireCounts("plan", { samples: count });
      const how = { contrast, keepViews: ctx.training };
      const tileMap = await tileMapOf(image, how, tileSelector(count, options, ctx));
      const select = (k: number) => cellSelector(tileMap.draw.times[k]!, optionsInTile(options, ctx, k), ctx, false);
      const patchMaps = await attentionWithin(patchStage, image, tileMap.regions, how, select);
      return { tileMap, patchMaps, regions: patchMaps.flatMap(({ regions }) => regions) };
    },
    collate(batch, ctx) {
      requireImages("zoomIn", batch);
      return tf.tidy(() => collateZooms(batch, tileStage, patchStage, ctx));
    },
    estimate: (inputs, ctx) =>
      estimateOf("zoomIn", unitFeatures(features), { first: tileStage, second: patchStage }, inputs, ctx),
  };
}

/**
 * Each patch has a cell among tiles and one inside its tile. Their factors multiply: factors_c α_c · factors_k β_ck.
 */
function collateZooms(
  batch: readonly SampledPatches<ZoomInPlan>[],
  tileStage: AttentionStage,
  patchStage: AttentionStage,
  ctx: Pick<Context, "training">,
): SamplerInputs {
  const tileMaps = batch.map(({ plan }) => plan.tileMap);
  const patchMaps = batch.flatMap(({ plan }) => plan.patchMaps);
  const tiles = collateAttention(tileStage, tileMaps, ctx);
  const patches = collateAttention(patchStage, patchMaps, ctx, roundCount); // as many as tiles were drawn
  const drawnTiles = tileMaps.flatMap(({ draw }, i) => drawnPatches(draw, tiles.starts[i]!)); // one a patch map
  const drawn = patchMaps.flatMap(({ draw }, k) =>
    drawnPatches(draw, patches.starts[k]!).map(({ cells, factor }) => ({
      cells: [...drawnTiles[k]!.cells, ...cells],
      factor: drawnTiles[k]!.factor * factor,
    })),
  );
  return collatePatches(batch, drawn, [tiles.maps, patches.maps], patchStage.toTensor);
}

/** Draws tiles with replacement. How often a tile is drawn is how many patches are drawn inside it. */
function tileSelector(count: number, options: SamplingOptions, ctx: Context): CellSelector {
  const mode = modeOf(options, ctx);
  if (mode === "exact") return takeAll;
  if (mode === "topk") return (p) => apportionTiles(p, count);
  const rng = rngOf(options, ctx).split("tiles");
  return (p) => drawWithReplacement(p, count, rng);
}

/** `count` patches apportioned to tiles in proportion to p: the tiles that get any stand for all of them. */
function apportionTiles(p: ArrayLike<number>, count: number): Draw {
  const patches = apportion(p, count);
  const { indices, factors } = takeLargest(p, patches.filter((n) => n > 0).length);
  return { indices, factors, times: Int32Array.from(indices, (index) => patches[index]!) };
}

/** The options for drawing inside tile k, with a generator of its own. */
const optionsInTile = (options: SamplingOptions, ctx: Context, k: number): SamplingOptions => {
  const rng = options.rng ?? (ctx.training ? ctx.rng : undefined);
  return { ...options, ...(rng && { rng: rng.split("patches", k) }) };
};
