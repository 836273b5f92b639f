import { l2Normalize, matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requireLabels, requirePositive } from "./checks.js";
import { oneHot } from "./one-hot.js";
import { rowWeights } from "./row-weights.js";
import { uncheckedCrossEntropy } from "./unchecked-cross-entropy.js";
import { maskRows } from "./weighted-mean.js";

/** The embeddings and the class vectors that `cosFace`, `arcFace` and `cosineScores` compare. Only directions count. */
export interface CosineInputs {
  /** One embedding for each sample, of any length, [batch, dim]. */
  readonly embeddings: tf.Tensor2D;
  /** One vector for each class, of any length, [dim, classes]: the `weight` of a `linear` layer without bias. */
  readonly weight: tf.Tensor2D;
}

/** Options of `cosFace` and `arcFace`. */
export interface MarginSoftmaxOptions {
  /**
   * How much closer a sample should be to its own class than to any other, ≥ 0. A difference of cosines for `cosFace`
   * (default 0.35), an angle in radians for `arcFace` (default 0.5).
   */
  readonly margin?: number;
  /**
   * The factor that makes logits of cosines, > 0. Default 64, as in both papers, which have at least 10⁴ classes. A
   * probability of P needs a scale of at least (classes - 1) / classes · log( (classes - 1) P / (1 - P) ), which is
   * about 10 for 200 classes and P = 0.99. With few classes, 16 to 32 saturate less.
   */
  readonly scale?: number;
  /** Rows with this label are ignored. Default -1. */
  readonly ignore?: number;
}

/**
 * The cosines between embeddings and class vectors: the predictions of a network that was trained with `cosFace` or
 * `arcFace`. An embedding or class vector of zeros has a cosine of 0 with everything.
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
 * mean_b CE( scale · c_b, y_b ) with c_bc = cos(embeddings_b, weight_c), after the margin was added for the right
 * class.
 *
 * @param who - the caller's name, for error messages
 * @param addMargin - maps the cosine of the right class to its cosine with margin, [batch, 1] → [batch, 1]
 */
export function marginSoftmax(
  who: string,
  { embeddings, weight }: CosineInputs,
  labels: tf.Tensor1D,
  { scale = 64, ignore = -1 }: MarginSoftmaxOptions,
  addMargin: (cosine: tf.Tensor) => tf.Tensor,
): tf.Scalar {
  const { classes } = matchShapes(
    who,
    { embeddings: "batch dim", weight: "dim classes", labels: "batch" },
    { embeddings, weight, labels },
  );
  requirePositive(who, { scale });
  requireLabels(who, labels, classes, ignore);
  return tf.tidy(() => {
    const cosine = cosines(maskRows(embeddings, rowWeights(labels, { ignore })), weight); // [batch, classes]
    const hits = oneHot(labels, classes);
    const right = tf.sum(tf.mul(cosine, hits), 1, true); // [batch, 1]
    const logits = tf.add(cosine, tf.mul(hits, tf.sub(addMargin(right), right)));
    return uncheckedCrossEntropy(tf.mul(logits, scale) as tf.Tensor2D, labels, { ignore }) as tf.Scalar;
  });
}
