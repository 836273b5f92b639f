import { withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { places } from "./places.js";

/** How many phrases a stage strikes out at most. */
const MOST = 3;
/** By how much β must exceed 1 / p: equal weights are 1 / p only up to rounding. */
const MARGIN = 1e-6;

/**
 * The mask of phrases after the local stream of a stage: without those that the chosen part of the image explains.
 * These are the phrases i with
 *
 *     β_i among the three largest (of equal ones the first)  and  β_i > 1 / p + 1e-6
 *
 * where p is the number of real phrases of the sample, struck out or not. A single phrase is never struck out.
 *
 * @param beta - [batch, phrase], the weights of the local stream: 0 where a phrase is not available
 * @param available - [batch, phrase], 1 where a phrase was available to the local stream
 * @param real - [batch, phrase], 1 where a phrase is real, 0 where it is padding
 * @returns [batch, phrase], float32, without gradient
 */
export function strikePhrases(beta: tf.Tensor2D, available: tf.Tensor2D, real: tf.Tensor2D): tf.Tensor2D {
  return withoutGradient(beta, (beta) => {
    const count = tf.sum(tf.cast(real, "float32"), 1, true); // [batch, 1]
    const enough = tf.greater(beta, tf.add(tf.div(1, tf.maximum(count, 1)), MARGIN));
    const struck = tf.logicalAnd(enough, tf.less(ranks(beta), MOST));
    return tf.mul(available, tf.sub(1, tf.cast(struck, "float32")));
  }) as tf.Tensor2D;
}

/** How many numbers of the row come before each: the larger ones, and the equal ones of lower index. */
function ranks(x: tf.Tensor2D): tf.Tensor2D {
  const [batch, items] = x.shape;
  const one = tf.reshape(x, [batch, items, 1]);
  const other = tf.reshape(x, [batch, 1, items]);
  const index = places(items);
  const lower = tf.less(tf.reshape(index, [1, 1, items]), tf.reshape(index, [1, items, 1])); // [1, items, items]
  const before = tf.logicalOr(tf.greater(other, one), tf.logicalAnd(tf.equal(other, one), lower));
  return tf.sum(tf.cast(before, "float32"), 2);
}
