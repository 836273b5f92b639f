import * as tf from "@tensorflow/tfjs-core";
import { unitVectors } from "./unit-vectors.js";
import { safeSqrt } from "./where-positive.js";

/**
 * `euclidean`: ‖x - y‖; `squaredEuclidean`: ‖x - y‖²; `cosine`: 1 - cos(x, y), half of ‖x - y‖² between unit vectors.
 */
export type Distance = "euclidean" | "squaredEuclidean" | "cosine";

/** How far each row is from each other row, [batch, dim] → [batch, batch]. */
export const pairDistances = {
  euclidean: (x) => safeSqrt(squares(x)),
  squaredEuclidean: (x) => squares(x),
  cosine: (x) => {
    const unit = unitVectors(x);
    return tf.sub(1, tf.matMul(unit, unit, false, true));
  },
} as const satisfies Record<Distance, (x: tf.Tensor2D) => tf.Tensor2D>;

/** From differences, not from products, whose own rounding is as large as a small distance. */
function squares(x: tf.Tensor2D): tf.Tensor2D {
  const gaps = tf.sub(tf.expandDims(x, 1), tf.expandDims(x, 0)); // [batch, batch, dim]
  return tf.sum(tf.square(gaps), 2);
}

/** Refuses what is not one of the keys of `choices`. */
export function checkChoice(who: string, name: string, choice: string, choices: object): void {
  if (!Object.hasOwn(choices, choice))
    throw new RangeError(
      `${who}: \`${name}\` must be one of ${Object.keys(choices).join(", ")}, got ${String(choice)}.`,
    );
}
