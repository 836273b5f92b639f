import * as tf from "@tensorflow/tfjs-core";

/** Tensors by the name of their param. */
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/** ‖g‖² of each gradient, in one tensor, [gradients]. Of a gradient that is not finite neither is this. */
export const squaredNorms = (gradients: Gradients): tf.Tensor1D =>
  tf.tidy(() => {
    const norms = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
    return (norms.length > 0 ? tf.stack(norms) : tf.zeros([0])) as tf.Tensor1D;
  });

/** The length of all gradients as one vector. */
export function globalNorm(gradients: Gradients): number {
  const squares = squaredNorms(gradients);
  const sum = Array.from(squares.dataSync()).reduce((total, square) => total + square, 0);
  squares.dispose();
  return Math.sqrt(sum);
}

/**
 * All gradients scaled by the same factor so that together they are no longer than `maxNorm`:
 *
 *     g · min(1, maxNorm / ‖g‖),   ‖g‖ over every number of every gradient
 *
 * Directions stay. The result shares nothing with its input; dispose both.
 *
 * Ref: Pascanu et al. 2013, arXiv:1211.5063.
 * @param norm - ‖g‖, if known already
 * @throws RangeError unless `maxNorm` is above 0
 */
export function clipByGlobalNorm<G extends Gradients>(gradients: G, maxNorm: number, norm = globalNorm(gradients)): G {
  if (!(maxNorm > 0)) throw new RangeError(`clipByGlobalNorm: \`maxNorm\` must be above 0, got ${maxNorm}.`);
  const scale = Math.min(1, maxNorm / norm);
  const entries = Object.entries(gradients).map(([name, g]) => [name, scale < 1 ? tf.mul(g, scale) : tf.clone(g)]);
  return Object.fromEntries(entries) as G;
}
