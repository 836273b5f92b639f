import type { Rng } from "@fovea/nn";
import { drawWithoutReplacement, drawWithReplacement, type Draw } from "@fovea/patch-sampling";
import { publishedDerivatives } from "./published-gradient.js";

/** What there is to be attended to in one image. */
export interface Attended {
  /** Attention of each cell. */
  readonly attention: ArrayLike<number>;
  /** The derivative of the loss with respect to the attention of each cell: <f_i, dL/dΦ>. */
  readonly derivatives: ArrayLike<number>;
}

/** How a gradient comes out over many draws, beside the true one. */
export interface Scatter {
  /** Total variance of one draw's gradient. */
  readonly variance: number;
  /**
   * Squared distance of the mean from the true one: an unbiased estimate, so that it can come out below 0 where it is
   * 0.
   */
  readonly squaredBias: number;
  /** Squared length of the true one. */
  readonly squaredTruth: number;
}

/** The ways to draw, and the gradient that the reference library has for the second. */
export const KINDS = ["with replacement", "without", "without, published gradient"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * The gradient of a loss for the logits of attention, with `patches` drawn, in double precision. With derivatives s of
 * the loss with respect to attention, the true one is p_i (s_i - sum_k p_k s_k) for logit i; that of a draw has
 * factor · s in place of s for what was drawn and 0 for the rest.
 */
export function gradientScatter(
  { attention, derivatives }: Attended,
  kind: Kind,
  patches: number,
  draws: number,
  random: Rng,
): Scatter {
  const total = Array.from(attention).reduce((sum, x) => sum + x, 0);
  const p = Float64Array.from(attention, (x) => x / total);
  const draw = kind === "with replacement" ? drawWithReplacement : drawWithoutReplacement;
  const found = kind === "without, published gradient" ? published : right;
  const truth = throughSoftmax(p, derivatives);
  const sums = new Float64Array(p.length);
  let squares = 0;
  for (let i = 0; i < draws; i++) {
    const given = new Float64Array(p.length);
    const drawn = draw(p, patches, random.split(i));
    found(drawn, p, derivatives).forEach((derivative, k) => (given[drawn.indices[k]!] = derivative));
    throughSoftmax(p, given).forEach((g, cell) => {
      sums[cell]! += g;
      squares += g ** 2;
    });
  }
  const variance = (squares - squared(sums) / draws) / (draws - 1);
  const distance = squared(truth.map((g, cell) => sums[cell]! / draws - g));
  // the mean of draws scatters, too
  return { variance, squaredBias: distance - variance / draws, squaredTruth: squared(truth) };
}

type DerivativesOf = (draw: Draw, p: Float64Array, derivatives: ArrayLike<number>) => number[];

const right: DerivativesOf = ({ indices, factors }, _, derivatives) =>
  Array.from(indices, (cell, k) => factors[k]! * derivatives[cell]!);

const published: DerivativesOf = ({ indices }, p, derivatives) =>
  publishedDerivatives(Array.from(indices, (cell) => p[cell]!)).map((row) =>
    row.reduce((sum, weight, k) => sum + weight * derivatives[indices[k]!]!, 0),
  );

function throughSoftmax(p: Float64Array, derivatives: ArrayLike<number>): Float64Array {
  const mean = p.reduce((sum, share, i) => sum + share * derivatives[i]!, 0);
  return p.map((share, i) => share * (derivatives[i]! - mean));
}

const squared = (xs: Float64Array): number => xs.reduce((sum, x) => sum + x ** 2, 0);
