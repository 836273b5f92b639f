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

/**
 * Σ w · f with fixed random weights, 0.5 ≤ |w| < 1.5: a scalar in which no element of `f` counts for nothing. Of both
 * signs, since all ones would hide every error of a normalization or a softmax, whose outputs have a constant sum.
 */
export function weightedSum<Args extends unknown[]>(
  random: Rng,
  f: (...args: Args) => tf.Tensor,
  ...probe: Args
): (...args: Args) => tf.Scalar {
  const { shape, size } = f(...probe);
  const draws = random.split("weights").uniform(size, -1, 1);
  const weights = tf.tensor(
    draws.map((draw) => draw + (draw < 0 ? -0.5 : 0.5)),
    shape,
  );
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
