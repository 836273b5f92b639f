import * as tf from "@tensorflow/tfjs-core";
import { rng } from "../random.js";
import { dot, assertSameDerivative, unitDirection, weightedSum } from "./directional-derivative.js";

/** How accurately a gradient is compared with finite differences. */
export interface GradientCheckOptions {
  /** The step ε of the finite differences. Default 1e-2; with smaller steps float32 rounding dominates. */
  readonly epsilon?: number;
  /** The largest allowed |finite − analytic| / max(1, |analytic|). Default 1e-2. */
  readonly tolerance?: number;
  /** Number of random directions to try. Default 4 for inputs, 2 for each param. */
  readonly directions?: number;
  /** Seed of the random directions and weights. Default 0. */
  readonly seed?: number;
}

/**
 * Throws unless the gradient of `f` agrees with central finite differences along random directions u of all inputs:
 *
 *     ( F(x + εu) − F(x − εu) ) / 2ε  =  < ∇F(x), u >,   F = Σ w · f, with fixed random weights w
 *
 * A wrong gradient in any element of any input is found. `f` may return a tensor of any shape.
 *
 * @param f - differentiable in every input, deterministic, smooth around the inputs
 * @param inputs - where the gradient is checked; they are not disposed
 * @throws Error that names the direction and both derivatives
 */
export function assertGradient(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { epsilon = 1e-2, tolerance = 1e-2, directions = 4, seed = 0 }: GradientCheckOptions = {},
): void {
  tf.tidy(() => {
    const random = rng(seed).split("assertGradient");
    const scalar = weightedSum(random, f, ...inputs);
    const gradients = tf.grads(scalar)([...inputs]);
    for (let k = 0; k < directions; k++) {
      const along = inputs.map((x, i) => unitDirection(random.split("direction", k, i), x.shape));
      const at = (distance: number) =>
        scalar(...inputs.map((x, i) => tf.add(x, tf.mul(along[i]!, distance)))).dataSync()[0]!;
      const finite = (at(epsilon) - at(-epsilon)) / (2 * epsilon);
      const analytic = gradients.reduce((sum, gradient, i) => sum + dot(gradient, along[i]!), 0);
      assertSameDerivative("assertGradient", `direction ${k}`, finite, analytic, tolerance);
    }
  });
}
