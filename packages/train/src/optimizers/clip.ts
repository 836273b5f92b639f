import * as tf from "@tensorflow/tfjs-core";

/** Tensors by the name of their param. */
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/** Scalars by the name of a param. */
export type SquaredNorms = Readonly<Record<string, tf.Scalar>>;

/** ‖g‖² of each gradient. Of a gradient that is not finite neither is this. */
export const squaredNorms = (gradients: Gradients): SquaredNorms =>
  tf.tidy(() =>
    Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, tf.sum<tf.Scalar>(tf.square(g))])),
  );

/** The length of all gradients as one vector, from their squared norms: √Σ ‖g‖². */
export const normOf = (squares: SquaredNorms): tf.Scalar =>
  tf.tidy(() => tf.sqrt(tf.sum<tf.Scalar>(stacked(Object.values(squares)))));

/** [scalars], or one 0 for none. */
const stacked = (scalars: readonly tf.Scalar[]): tf.Tensor =>
  scalars.length > 0 ? tf.stack([...scalars]) : tf.zeros([1]);

/** The length of all gradients as one vector. Waits for them. */
export function globalNorm(gradients: Gradients): number {
  const squares = tf.tidy(() => stacked(Object.values(squaredNorms(gradients))).dataSync());
  return Math.sqrt(Array.from(squares).reduce((total, square) => total + square, 0));
}

/**
 * All gradients scaled by the same factor so that together they are no longer than `maxNorm`:
 *
 *     g · min(1, maxNorm / ‖g‖),   ‖g‖ over every number of every gradient
 *
 * Directions stay. The result shares nothing with its input; dispose both. No number is read.
 *
 * Ref: Pascanu et al. 2013, arXiv:1211.5063.
 * @param norm - ‖g‖, if known already: a number, or a scalar []
 * @throws RangeError unless `maxNorm` is above 0
 */
export function clipByGlobalNorm<G extends Gradients>(gradients: G, maxNorm: number, norm?: number | tf.Scalar): G {
  if (!(maxNorm > 0)) throw new RangeError(`clipByGlobalNorm: \`maxNorm\` must be above 0, got ${maxNorm}.`);
  const clipped = tf.tidy(() => {
    const factor = tf.minimum(1, tf.div(maxNorm, norm ?? normOf(squaredNorms(gradients))));
    return Object.fromEntries(Object.entries(gradients).map(([name, g]) => [name, tf.mul(g, factor)]));
  });
  return clipped as G;
}
