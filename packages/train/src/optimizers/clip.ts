import * as tf from "@tensorflow/tfjs-core";

/** Tensors by the name of their param. */
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/** The length of all gradients as one vector, summed in double precision. Not finite exactly if some gradient is not. */
export function globalNorm(gradients: Gradients): number {
  let sum = 0;
  for (const gradient of Object.values(gradients)) {
    const values = gradient.dataSync();
    for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  }
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
