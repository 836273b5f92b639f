import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random.js";

/** A random direction in the space of tensors of a shape; of length 1, so that a step means the same at any size. */
export function unitDirection(random: Rng, shape: readonly number[]): tf.Tensor {
  const values = random.normal(shape.reduce((product, side) => product * side, 1));
  const norm = Math.hypot(...values) || 1;
  return tf.tensor(
    values.map((value) => value / norm),
    [...shape],
  );
}

/** Σ w · f with fixed random weights w in [0.5, 1.5): a scalar that no two elements of `f` can cancel out in. */
export function weightedSum<Args extends unknown[]>(
  random: Rng,
  f: (...args: Args) => tf.Tensor,
  ...probe: Args
): (...args: Args) => tf.Scalar {
  const { shape, size } = f(...probe);
  const weights = tf.tensor(random.split("weights").uniform(size, 0.5, 1.5), shape);
  return (...args) => tf.sum(tf.mul(f(...args), weights));
}

/** Throws unless |finite − analytic| ≤ tolerance · max(1, |analytic|). */
export function requireSameSlope(
  who: string,
  where: string,
  finite: number,
  analytic: number,
  tolerance: number,
): void {
  const error = Math.abs(finite - analytic) / Math.max(1, Math.abs(analytic));
  if (!(error <= tolerance))
    throw new Error(`${who}: ${where}: finite differences give ${finite}, the gradient ${analytic}.`);
}

/** The sum of the products of the elements. */
export const dot = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0]!;
