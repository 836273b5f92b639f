import * as tf from "@tensorflow/tfjs-core";
import type { Rng } from "../random.js";

/** A random tensor of length 1 (‖u‖₂ = 1): the direction of a step that is equally long for tensors of any size. */
export function unitDirection(random: Rng, shape: readonly number[]): tf.Tensor {
  const values = random.normal(shape.reduce((product, side) => product * side, 1));
  const norm = Math.hypot(...values) || 1;
  return tf.tensor(
    values.map((value) => value / norm),
    [...shape],
  );
}

/**
 * The function Σ w · f with fixed random weights, 0.5 ≤ |w| < 1.5, so that every element of the output of `f` counts.
 * The weights have both signs: with equal weights an error in a normalization or softmax, whose outputs have a constant
 * sum, would not show.
 */
export function weightedSum<Args extends unknown[]>(
  random: Rng,
  f: (...args: Args) => tf.Tensor,
  ...example: Args
): (...args: Args) => tf.Scalar {
  const { shape, size } = f(...example);
  const draws = random.split("weights").uniform(size, -1, 1);
  const weights = tf.tensor(
    draws.map((draw) => draw + (draw < 0 ? -0.5 : 0.5)),
    shape,
  );
  return (...args) => tf.sum(tf.mul(f(...args), weights));
}

/**
 * Throws unless the derivatives by finite differences and by the gradient agree: see `GradientCheckOptions.tolerance`.
 */
export function assertSameDerivative(
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

/** The dot product of two tensors of one shape. */
export const dot = (a: tf.Tensor, b: tf.Tensor): number => tf.sum(tf.mul(a, b)).dataSync()[0]!;
