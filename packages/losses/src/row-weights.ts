import * as tf from "@tensorflow/tfjs-core";
import { oneHot } from "./one-hot.js";

interface Options {
  readonly ignore?: number | undefined;
  readonly classWeights?: readonly number[] | undefined;
  readonly sampleWeights?: tf.Tensor1D | undefined;
}

/** The weight of each row, [batch]: s_b w_{y_b}, and 0 where the label is ignored. */
export function rowWeights(
  labels: tf.Tensor1D,
  { ignore = -1, classWeights, sampleWeights }: Options = {},
): tf.Tensor1D {
  const kept = tf.cast(tf.notEqual(labels, ignore), "float32") as tf.Tensor1D;
  const rows = sampleWeights ? tf.mul<tf.Tensor1D>(kept, sampleWeights) : kept;
  if (!classWeights) return rows;
  const hits = oneHot(labels, classWeights.length);
  return tf.mul(rows, tf.sum(tf.mul(hits, tf.tensor1d([...classWeights])), 1));
}
