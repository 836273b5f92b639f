import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { variable } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";

/** What positions are made from. */
export interface PositionsConfig {
  readonly tokens: number;
  readonly dim: number;
}

/** y = x + position, [batch, tokens, dim]. Param `position` [tokens, dim], from N(0, 0.02²) within two deviations. */
export function learnedPositions({ tokens, dim, seed = 0 }: PositionsConfig & { readonly seed?: number }): Layer {
  requireCounts("learnedPositions", { tokens, dim });
  const position = variable("truncatedNormal02", [tokens, dim], seed);
  return { ...moduleOf({ position }), forward: (x) => added("learnedPositions", x, position) };
}

/**
 * y = x + position, [batch, tokens, dim], with nothing to learn:
 *
 *     position[p, 2i] = sin(p / 10000^(2i / dim)),   position[p, 2i + 1] = cos(the same)
 *
 * Ref: Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
 */
export function sinusoidalPositions({ tokens, dim }: PositionsConfig): Layer {
  requireCounts("sinusoidalPositions", { tokens, dim });
  const values = Float32Array.from({ length: tokens * dim }, (_, at) => {
    const [p, j] = [Math.floor(at / dim), at % dim];
    const angle = p / 10000 ** ((j - (j % 2)) / dim);
    return j % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  // a constant that no tidy around the factory may free, and no checkpoint needs to hold
  const position = tf.tidy(() => tf.variable(tf.tensor2d(values, [tokens, dim]), false));
  return {
    ...moduleOf({}),
    dispose: () => position.dispose(),
    forward: (x) => added("sinusoidalPositions", x, position),
  };
}

function added(who: string, x: tf.Tensor, position: tf.Variable): tf.Tensor {
  const [tokens, dim] = position.shape;
  matchShapes(who, { x: `batch ${tokens} ${dim}` }, { x });
  return tf.add(x, position);
}
