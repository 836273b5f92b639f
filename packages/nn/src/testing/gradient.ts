import * as tf from "@tensorflow/tfjs-core";
import { rng } from "../random.js";
import { dot, requireSameSlope, unitDirection, weightedSum } from "./slope.js";

/** How closely to look. */
export interface GradientOptions {
  /** Half the distance of the two evaluations. Default 1e-2: float32 rounding dominates below it. */
  readonly epsilon?: number;
  /** Allowed |finite − analytic| / max(1, |analytic|). Default 1e-2. */
  readonly tolerance?: number;
  /** Random directions to try; each mixes every element of every input. Default 4. */
  readonly directions?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Compares the gradient of `f` with central finite differences along random directions u of all inputs together:
 *
 *     ( F(x + εu) − F(x − εu) ) / 2ε  =  < ∇F(x), u >,   F = Σ w · f, with fixed random weights w
 *
 * so that a gradient wrong in any element of any input shows. `f` may return a tensor of any shape.
 *
 * @param f - differentiable in every input, deterministic, smooth around the inputs
 * @param inputs - the points; they are not disposed
 * @throws Error that names the direction and both slopes
 */
export function assertGradient(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { epsilon = 1e-2, tolerance = 1e-2, directions = 4, seed = 0 }: GradientOptions = {},
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
      requireSameSlope("assertGradient", `direction ${k}`, finite, analytic, tolerance);
    }
  });
}
