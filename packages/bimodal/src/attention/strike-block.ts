import { withoutGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The mask of blocks after a stage: without the block that it chose. Where that was the last one, all blocks are
 * available again.
 *
 * @param available - [batch, blocks], 1 where a block could be chosen
 * @param chosen - [batch, blocks], the chosen block as a one-hot row
 * @returns [batch, blocks], float32, without gradient
 */
export const strikeBlock = (available: tf.Tensor2D, chosen: tf.Tensor2D): tf.Tensor2D =>
  withoutGradient(chosen, (chosen) => {
    const left = tf.mul(available, tf.sub(1, chosen));
    const some = tf.greater(tf.sum(left, 1, true), 0); // [batch, 1]
    return tf.where(some, left, tf.onesLike(left)) as tf.Tensor2D;
  });
