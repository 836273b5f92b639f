import { l2Normalize } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
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
    const unit = l2Normalize(x);
    return tf.sub(1, tf.matMul(unit, unit, false, true));
  },
} as const satisfies Record<Distance, (x: tf.Tensor2D) => tf.Tensor2D>;

/** From differences, not from products, whose own rounding is as large as a small distance. */
function squares(x: tf.Tensor2D): tf.Tensor2D {
  const gaps = tf.sub(tf.expandDims(x, 1), tf.expandDims(x, 0)); // [batch, batch, dim]
  return tf.sum(tf.square(gaps), 2);
}
