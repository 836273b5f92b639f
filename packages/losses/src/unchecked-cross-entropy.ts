import { stopGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { oneHot } from "./one-hot.js";
import { maskRows, safeDivisor } from "./weighted-mean.js";

interface Options {
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
  readonly classWeights?: readonly number[];
  readonly sampleWeights?: tf.Tensor1D;
  readonly reduction?: "mean" | "sum" | "none";
}

/** Like `crossEntropy`, but without checks: nothing is read back from the engine. */
export function uncheckedCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D | tf.Tensor2D,
  options: Options = {},
): tf.Tensor {
  const { ignoreIndex = -1, labelSmoothing = 0, classWeights, sampleWeights, reduction = "mean" } = options;
  const [batch, classes] = logits.shape;
  return tf.tidy(() => {
    const soft = labels.rank === 2;
    const kept = soft ? tf.ones([batch]) : tf.cast(tf.notEqual(labels, ignoreIndex), "float32"); // [batch]
    const rows = tf.expandDims(sampleWeights ? tf.mul(kept, sampleWeights) : kept, 1); // [batch, 1]
    const weights = classWeights ? tf.mul(rows, tf.tensor1d([...classWeights])) : rows; // [batch, 1 or classes]
    const hits = tf.mul(soft ? stopGradient(labels) : oneHot(labels, classes), weights); // [batch, classes]
    const targets = labelSmoothing === 0 ? hits : mix(hits, tf.div(weights, classes), labelSmoothing);
    const losses = tf.neg(logLikelihood(maskRows(logits, tf.sum(targets, 1)), targets)); // [batch]
    if (reduction === "none") return losses;
    return reduction === "sum" ? tf.sum(losses) : tf.div(tf.sum(losses), safeDivisor(tf.sum(soft ? rows : hits)));
  });
}

const mix = (a: tf.Tensor, b: tf.Tensor, share: number): tf.Tensor => tf.add(tf.mul(a, 1 - share), tf.mul(b, share));

/** sum_c( t_c log p_c ) with 0 · log 0 = 0, [batch]: a class with a target of 0 may have a logit of -Infinity. */
function logLikelihood(logits: tf.Tensor2D, targets: tf.Tensor): tf.Tensor1D {
  const terms = tf.mul(targets, tf.logSoftmax(logits)); // [batch, classes]
  return tf.sum(tf.where(tf.notEqual(targets, 0), terms, tf.zerosLike(terms)), 1);
}
