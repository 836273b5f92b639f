import * as tf from "@tensorflow/tfjs-core";
import { requireRates } from "../checks.js";
import type { Context } from "../context.js";
import { hostTensor } from "../host-tensor.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";

/** The configuration of `dropout`, `dropout2d` and `dropPath`. */
export interface DropConfig {
  /** Probability of dropping a number (a channel for `dropout2d`, a sample for `dropPath`), in [0, 1). */
  readonly rate: number;
}

/**
 * Dropout: in training, sets each number to 0 with probability `rate` and multiplies the others by 1 / (1 − rate), so
 * that the expected value stays; in inference y = x. The same `ctx.rng` drops the same numbers.
 *
 * Ref: Srivastava et al. 2014, JMLR 15.
 */
export function dropout({ rate }: DropConfig): Layer {
  requireRates("dropout", { rate });
  return { ...moduleOf({}), forward: (x, ctx) => drop(x, rate, ctx, x.shape) };
}

/**
 * Dropout of whole channels, PyTorch's `Dropout2d`: in training, sets all cells of a channel of a sample, [batch,
 * height, width, channels], to 0 with probability `rate` and multiplies the other channels by 1 / (1 − rate); in
 * inference y = x. Neighbouring cells of a map are alike, so that dropping single numbers hides little.
 *
 * Ref: Tompson et al. 2015, arXiv:1411.4280.
 */
export function dropout2d({ rate }: DropConfig): Layer {
  requireRates("dropout2d", { rate });
  return {
    ...moduleOf({}),
    forward: (x, ctx) => {
      const { batch, channels } = matchShapes("dropout2d", { x: "batch height width channels" }, { x });
      return drop(x, rate, ctx, [batch, 1, 1, channels]);
    },
  };
}

/**
 * Stochastic depth (drop path): in training, sets all numbers of a sample of a residual branch, [batch, ...], to 0 with
 * probability `rate` and multiplies the other samples by 1 / (1 − rate); in inference y = x.
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
        x.shape.map((size, axis) => (axis === 0 ? size : 1)),
      ),
  };
}

function drop(x: tf.Tensor, rate: number, ctx: Context, maskShape: number[]): tf.Tensor {
  if (!ctx.training || rate === 0) return tf.clone(x);
  return tf.tidy(() => {
    const size = maskShape.reduce((product, side) => product * side, 1);
    const mask = () => ctx.rng.uniform(size).map((draw) => (draw < rate ? 0 : 1 / (1 - rate)));
    return tf.mul(x, hostTensor(maskShape, mask));
  });
}
