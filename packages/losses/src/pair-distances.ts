import { l2Normalize } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { safeSqrt } from "./where-positive.js";

/**
 * A distance between two embeddings. `euclidean`: ‖x - y‖; `squaredEuclidean`: ‖x - y‖²; `cosine`: 1 - cos(x, y), half
 * of ‖x - y‖² for unit vectors.
 */
export type Distance = "euclidean" | "squaredEuclidean" | "cosine";

/** The distances between all pairs of rows, [batch, dim] → [batch, batch]. */
export const pairDistances = {
  euclidean: (x) => safeSqrt(squares(x)),
  squaredEuclidean: (x) => squares(x),
  cosine: (x) => {
    const unit = l2Normalize(x);
    return tf.sub(1, tf.matMul(unit, unit, false, true));
  },
} as const satisfies Record<Distance, (x: tf.Tensor2D) => tf.Tensor2D>;

/** Squared distances from differences: a formula with dot products has rounding errors as large as a small distance. */
function squares(x: tf.Tensor2D): tf.Tensor2D {
  const differences = tf.sub(tf.expandDims(x, 1), tf.expandDims(x, 0)); // [batch, batch, dim]
  return tf.sum(tf.square(differences), 2);
}
