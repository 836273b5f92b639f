import * as tf from "@tensorflow/tfjs-core";
import { requireRates } from "../checks.js";
import type { Context } from "../context.js";
import { moduleOf, type Layer } from "../module.js";

/** What `dropout` and `dropPath` are made from. */
export interface DropConfig {
  /** Share that is dropped, in [0, 1). */
  readonly rate: number;
}

/**
 * In training, zeroes each number with probability `rate` and scales the rest by 1 / (1 − rate), so that the
 * expectation stays; otherwise returns `x`. The mask comes from `ctx.rng` alone: the same context drops the same
 * numbers.
 *
 * Ref: Srivastava et al. 2014, JMLR 15.
 */
export function dropout({ rate }: DropConfig): Layer {
  requireRates("dropout", { rate });
  return { ...moduleOf({}), forward: (x, ctx) => drop(x, rate, ctx, x.shape) };
}

/**
 * Stochastic depth: drops whole samples of a residual branch, [batch, ...], otherwise as `dropout`.
 *
 * Ref: Huang et al. 2016, arXiv:1603.09382.
 */
export function dropPath({ rate }: DropConfig): Layer {
  requireRates("dropPath", { rate });
  return {
    ...moduleOf({}),
    forward: (x, ctx) =>
      drop(
        x,
        rate,
        ctx,
        x.shape.map((side, axis) => (axis === 0 ? side : 1)),
      ),
  };
}

function drop(x: tf.Tensor, rate: number, ctx: Context, maskShape: number[]): tf.Tensor {
  if (!ctx.training || rate === 0) return tf.clone(x);
  return tf.tidy(() => {
    const size = maskShape.reduce((product, side) => product * side, 1);
    const kept = ctx.rng.uniform(size).map((draw) => (draw < rate ? 0 : 1 / (1 - rate)));
    return tf.mul(x, tf.tensor(kept, maskShape));
  });
}
