import * as tf from "@tensorflow/tfjs-core";
import { rowWeights } from "./row-weights.js";

/** Which pairs of rows are of one class and which of two, 1 or 0, [batch, batch]. */
export interface PairMasks {
  readonly same: tf.Tensor2D;
  readonly different: tf.Tensor2D;
}

/** No row pairs with itself, and a row whose label is ignored with none. */
export function pairMasks(labels: tf.Tensor1D, ignoreIndex = -1): PairMasks {
  const kept = rowWeights(labels, { ignoreIndex });
  const both = tf.mul(tf.expandDims(kept, 1), tf.expandDims(kept, 0));
  const equal = tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32");
  return { same: tf.mul(both, tf.sub(equal, tf.eye(labels.size))), different: tf.mul(both, tf.sub(1, equal)) };
}
