import { l2Normalize, matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels, requirePositive } from "./checks.js";
import { oneHot } from "./one-hot.js";
import { rowWeights } from "./row-weights.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";
import { maskRows } from "./weighted-mean.js";

/** What a margin softmax compares; lengths do not count on either side. */
export interface CosineInputs {
  /** [batch, dim] */
  readonly embeddings: tf.Tensor2D;
  /** One direction a class, as the `weight` of a `linear` layer without bias: [dim, classes]. */
  readonly weight: tf.Tensor2D;
}

export interface MarginSoftmaxOptions {
  /**
   * How much nearer to its class a sample must be than to any other, ≥ 0; the loss says in which unit, and its default.
   */
  readonly margin?: number;
  /**
   * What the cosines are multiplied by to make logits, > 0. Default 64, as in both papers, which have 10⁴ classes and
   * more; to reach a probability of P it must be at least (classes - 1) / classes · log( (classes - 1) P / (1 - P) ),
   * for 200 classes and 0.99 about 10: with few classes, 16 to 32 saturate less.
   */
  readonly scale?: number;
  /** Rows with this label count for nothing. Default -1. */
  readonly ignoreIndex?: number;
}

/**
 * The cosines between embeddings and classes: what a network trained with `cosFace` or `arcFace` predicts with, without
 * margin. A row or class of zeros has a cosine of 0 with everything.
 *
 * @returns [batch, classes], in [-1, 1]
 */
export function cosineScores({ embeddings, weight }: CosineInputs): tf.Tensor2D {
  matchShapes("cosineScores", { embeddings: "batch dim", weight: "dim classes" }, { embeddings, weight });
  return tf.tidy(() => cosines(embeddings, weight));
}

const cosines = (embeddings: tf.Tensor2D, weight: tf.Tensor2D): tf.Tensor2D =>
  tf.matMul(l2Normalize(embeddings), l2Normalize(weight, 0));

/**
 * mean_b CE( scale · c_b, y_b ) with c_bc = cos(embeddings_b, weight_c), of which the right class's is made harder.
 *
 * @param harder - the right class's cosine with its margin, [batch, 1] → [batch, 1]
 */
export function marginSoftmax(
  who: string,
  { embeddings, weight }: CosineInputs,
  labels: tf.Tensor1D,
  { scale = 64, ignoreIndex = -1 }: MarginSoftmaxOptions,
  harder: (cosine: tf.Tensor) => tf.Tensor,
): tf.Scalar {
  const { classes } = matchShapes(
    who,
    { embeddings: "batch dim", weight: "dim classes", labels: "batch" },
    { embeddings, weight, labels },
  );
  requirePositive(who, { scale });
  requireLabels(who, labels, classes, ignoreIndex);
  return tf.tidy(() => {
    const cosine = cosines(maskRows(embeddings, rowWeights(labels, { ignoreIndex })), weight); // [batch, classes]
    const hits = oneHot(labels, classes);
    const right = tf.sum(tf.mul(cosine, hits), 1, true); // [batch, 1]
    const logits = tf.add(cosine, tf.mul(hits, tf.sub(harder(right), right)));
    return uncheckedCrossEntropy(tf.mul(logits, scale) as tf.Tensor2D, labels, { ignoreIndex }) as tf.Scalar;
  });
}
