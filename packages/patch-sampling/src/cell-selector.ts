import { requireOneOf, type Context, type Rng } from "@fovea/nn";
import { drawWithoutReplacement, drawWithReplacement, takeAll, takeLargest, type Draw } from "./draw.js";

/**
 * How cells of an attention map are chosen. `sample`: at random, unbiased. `topk`: the most probable ones, always the
 * same. `exact`: all.
 */
export type SamplingMode = "sample" | "topk" | "exact";

/** How a sampler plans which patches of one image to read. */
export interface SamplingOptions {
  /** How cells are chosen. Default `sample` in training, `topk` at inference. */
  readonly mode?: SamplingMode;
  /** The number of patches. Default: that of the sampler's config. */
  readonly samples?: number;
  /**
   * The generator for mode `sample`. Give each image another one: with the same one, all images of a batch draw the
   * same random numbers. Default: the context's generator in training, none at inference.
   */
  readonly rng?: Rng;
  /** Draws patches from where attention is low: see `contrastAttention`. Default false. */
  readonly contrast?: boolean;
}

/** Chooses cells, given the attention of each. */
export type CellSelector = (attention: ArrayLike<number>) => Draw;

/** The mode of the options; at random in training by default. @throws RangeError for an unknown mode */
export function modeOf(options: SamplingOptions, ctx: Context): SamplingMode {
  const { mode = ctx.training ? "sample" : "topk" } = options;
  requireOneOf("plan", { mode }, ["sample", "topk", "exact"]);
  return mode;
}

/** The generator of the options, or of a context that trains. @throws RangeError where there is none */
export function rngOf({ rng }: SamplingOptions, ctx: Context): Rng {
  if (!rng && !ctx.training) throw new RangeError("plan: mode `sample` needs `rng`, except in training; got none.");
  return rng ?? ctx.rng;
}

/** Chooses `count` cells as the options and the context say. */
export function cellSelector(
  count: number,
  options: SamplingOptions,
  ctx: Context,
  replacement: boolean,
): CellSelector {
  const mode = modeOf(options, ctx);
  if (mode === "exact") return takeAll;
  if (mode === "topk") return (p) => takeLargest(p, count);
  const draw = replacement ? drawWithReplacement : drawWithoutReplacement;
  const rng = rngOf(options, ctx);
  return (p) => draw(p, count, rng);
}
