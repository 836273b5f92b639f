import * as tf from "@tensorflow/tfjs-core";
import { oneHot } from "./one-hot.js";
import { maskRows, safeDivisor } from "./weighted-mean.js";

interface Options {
  readonly ignore?: number;
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
  const { ignore = -1, labelSmoothing = 0, classWeights, sampleWeights, reduction = "mean" } = options;
  const batch = logits.shape[0];
  return tf.tidy(() => {
    const soft = labels.rank === 2;
    const kept = soft ? tf.ones([batch]) : tf.cast(tf.notEqual(labels, ignore), "float32"); // [batch]
    const rows = tf.expandDims(sampleWeights ? tf.mul(kept, sampleWeights) : kept, 1); // [batch, 1]
    const weights = classWeights ? tf.mul(rows, tf.tensor1d([...classWeights])) : rows; // [batch, 1 or classes]
    const losses = crossEntropies(logits, labels, weights, labelSmoothing); // [batch]
    if (reduction === "none") return losses;
    if (reduction === "sum") return tf.sum(losses);
    const counted = soft || !classWeights ? rows : targetsOf(labels, weights, logits.shape[1], 0);
    return tf.div(tf.sum(losses), safeDivisor(tf.sum(counted)));
  });
}

/** t_bc: the weights of what a row should be, [batch, classes]. */
function targetsOf(labels: tf.Tensor, weights: tf.Tensor, classes: number, labelSmoothing: number): tf.Tensor {
  const hits = tf.mul(labels.rank === 2 ? labels : oneHot(labels, classes), weights);
  return labelSmoothing === 0 ? hits : mix(hits, tf.div(weights, classes), labelSmoothing);
}

const mix = (a: tf.Tensor, b: tf.Tensor, share: number): tf.Tensor => tf.add(tf.mul(a, 1 - share), tf.mul(b, share));

/**
 * -sum_c( t_c log p_c ) with p = softmax(z) and 0 · log 0 = 0, [batch]: a class with a target of 0 may have a logit of
 * -Infinity. The gradient is p sum_c( t_c ) - t, and 0 for labels and weights. It is written out, because logits of all
 * pixels are large, and the gradients of the single steps would hold many arrays of their size.
 */
function crossEntropies(
  logits: tf.Tensor2D,
  labels: tf.Tensor,
  weights: tf.Tensor,
  labelSmoothing: number,
): tf.Tensor1D {
  const classes = logits.shape[1];
  return tf.customGrad((...args) => {
    const [z, y, w, save] = args as unknown as [tf.Tensor2D, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([z, y, w]);
    const t = targetsOf(y, w, classes, labelSmoothing);
    const terms = tf.mul(t, tf.logSoftmax(maskRows(z, tf.sum(t, 1))));
    const value = tf.neg(tf.sum(tf.where(tf.notEqual(t, 0), terms, tf.zerosLike(terms)), 1));
    const gradFunc = (dy: tf.Tensor, [z, y, w]: tf.Tensor[]) => {
      const t = targetsOf(y!, w!, classes, labelSmoothing);
      const sums = tf.sum(t, 1); // [batch]
      const p = tf.softmax(maskRows(z!, sums));
      const gradient = tf.mul(tf.sub(tf.mul(p, tf.expandDims(sums, 1)), t), tf.expandDims(dy, 1));
      return [gradient, tf.zeros(y!.shape), tf.zeros(w!.shape)];
    };
    return { value, gradFunc };
  })(logits, labels, weights) as tf.Tensor1D;
}
