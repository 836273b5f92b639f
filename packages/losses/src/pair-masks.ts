import * as tf from "@tensorflow/tfjs-core";
import { rowWeights } from "./row-weights.js";

/** Masks of pairs of rows with the same class and with different classes, 1 or 0, [batch, batch]. */
export interface PairMasks {
  /** 1 for a pair of rows with the same class. */
  readonly same: tf.Tensor2D;
  /** 1 for a pair of rows with different classes. */
  readonly different: tf.Tensor2D;
}

/** The masks for a batch of labels. A row is not paired with itself, and an ignored row with no other. */
export function pairMasks(labels: tf.Tensor1D, ignore = -1): PairMasks {
  const kept = rowWeights(labels, { ignore });
  const both = tf.mul(tf.expandDims(kept, 1), tf.expandDims(kept, 0));
  const equal = tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32");
  return { same: tf.mul(both, tf.sub(equal, tf.eye(labels.size))), different: tf.mul(both, tf.sub(1, equal)) };
}
