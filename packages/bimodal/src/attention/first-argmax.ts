import { fillMasked, withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { places } from "./places.js";

/**
 * The place of the largest score among the available items, as a one-hot row; the first of several that are equal, on
 * every engine (`tf.argMax` leaves that to the engine). It has no gradient: the choice is hard.
 *
 * @param scores - [batch, items]; those of items that are not available may be anything, NaN too
 * @param available - [batch, items], not 0 where an item may be chosen
 * @returns [batch, items], float32: one 1 in each row, or none where nothing is available
 */
export function firstArgmax(scores: tf.Tensor2D, available: tf.Tensor2D): tf.Tensor2D {
  return withoutGradient(scores, (scores) => {
    const items = scores.shape[1];
    const filled = fillMasked(scores, available, -Infinity);
    const isLargest = tf.logicalAnd(tf.greaterEqual(filled, tf.max(filled, 1, true)), tf.notEqual(available, 0));
    const at = places(items);
    const first = tf.min(tf.where<tf.Tensor>(isLargest, at, tf.scalar(items)), 1, true); // [batch, 1]
    return tf.cast(tf.equal(at, first), "float32");
  }) as tf.Tensor2D;
}
