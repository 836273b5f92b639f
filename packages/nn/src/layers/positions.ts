import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { variable } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";

/** The configuration of `learnedPositions` and `sinusoidalPositions`. */
export interface PositionsConfig {
  /** Number of tokens in a sequence. */
  readonly tokens: number;
  /** Length of a token. */
  readonly dim: number;
}

/**
 * Adds learned positions to tokens: y = x + position, [batch, tokens, dim]. Param `position` [tokens, dim], which
 * starts from N(0, 0.02²) within two standard deviations.
 */
export function learnedPositions({ tokens, dim, seed = 0 }: PositionsConfig & { readonly seed?: number }): Layer {
  requireCounts("learnedPositions", { tokens, dim });
  const position = variable("truncatedNormal02", [tokens, dim], seed);
  return { ...moduleOf({ position }), forward: (x) => addPositions("learnedPositions", x, position) };
}

/**
 * Adds fixed positions to tokens: y = x + position, [batch, tokens, dim]. Nothing is learned.
 *
 *     position[p, 2i] = sin(p / 10000^(2i / dim)),   position[p, 2i + 1] = cos(p / 10000^(2i / dim))
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
  // a variable, so that no tidy around this call frees it; not a param, since no checkpoint needs it
  const position = tf.tidy(() => tf.variable(tf.tensor2d(values, [tokens, dim]), false));
  return {
    ...moduleOf({}),
    dispose: () => position.dispose(),
    forward: (x) => addPositions("sinusoidalPositions", x, position),
  };
}

function addPositions(who: string, x: tf.Tensor, position: tf.Variable): tf.Tensor {
  const [tokens, dim] = position.shape;
  matchShapes(who, { x: `batch ${tokens} ${dim}` }, { x });
  return tf.add(x, position);
}
