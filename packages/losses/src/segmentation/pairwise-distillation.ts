import { l2Normalize, matchShapes, requireCounts, requireOneOf, stopGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePixels } from "./label-map.js";

/** Options of `pairwiseDistillation`. */
export interface PairwiseDistillationOptions {
  /**
   * Rows and columns of a patch, in pixels of the features; the last patches are smaller if the features' size is no
   * multiple. Default: half of the rows and columns, rounded down, at least 1, as in the authors' code.
   */
  readonly patch?: readonly [rows: number, columns: number];
  /**
   * How the pixels of a patch become one vector: "average", as in the paper, or "max", as in its code. Default
   * "average".
   */
  readonly pooling?: "average" | "max";
}

/**
 * Pairwise distillation (SKD): patches that the teacher finds similar should be similar to the student.
 *
 *     f_i: the pooled features of patch i of P,   s_ij = < f_i, f_j > / (‖f_i‖ ‖f_j‖)
 *     loss = mean over the images of 1 / P² sum_ij( (s_ij of the student - s_ij of the teacher)² )
 *
 * Student and teacher may have different numbers of channels. A patch of zeros is similar to nothing. The teacher gets
 * no gradient. It takes memory of batch · P²: patches of one pixel are rows² · columns² numbers for each image.
 *
 * The authors' code pools with the maximum, the paper with the mean. The code treats the lengths as constants for the
 * gradient, which is then not that of the loss; here it is. It weights the loss with 1.
 *
 * Ref: Liu et al. 2019 (SKD), arXiv:1903.04197, section 3.1; code: irfanICMLL/structure_knowledge_distillation.
 * @param student - features, [batch, rows, columns, channels]
 * @param teacher - features, [batch, rows, columns, teacherChannels]
 * @returns scalar, []
 * @throws RangeError for an empty batch, features of different sizes, or an option out of range
 */
export function pairwiseDistillation(
  student: tf.Tensor4D,
  teacher: tf.Tensor4D,
  { patch, pooling = "average" }: PairwiseDistillationOptions = {},
): tf.Scalar {
  const { rows, columns } = matchShapes(
    "pairwiseDistillation",
    { student: "batch rows columns channels", teacher: "batch rows columns teacherChannels" },
    { student, teacher },
  );
  requirePixels("pairwiseDistillation", { student, teacher });
  requireOneOf("pairwiseDistillation", { pooling }, ["average", "max"]);
  const [height, width] = patch ?? ([Math.max(1, Math.floor(rows / 2)), Math.max(1, Math.floor(columns / 2))] as const);
  requireCounts("pairwiseDistillation", { patch: [height, width] });
  return tf.tidy(() => {
    const similarities = (features: tf.Tensor4D) => {
      const f = l2Normalize(pooled(features, [height, width], pooling)); // [batch, P, channels]
      return tf.matMul(f, f, false, true); // [batch, P, P]
    };
    return tf.mean(tf.square(tf.sub(similarities(student), similarities(stopGradient(teacher)))));
  });
}

/**
 * One vector for each patch, [batch, patches, channels]. The mean of a patch at the edge counts the pixels around the
 * map as zeros: only its direction is used.
 */
function pooled(x: tf.Tensor4D, patch: readonly [number, number], pooling: "average" | "max"): tf.Tensor3D {
  const [batch, rows, columns, channels] = x.shape;
  const missing = [rows, columns].map((size, i) => (patch[i]! - (size % patch[i]!)) % patch[i]!);
  const around: [number, number][] = [[0, 0], [0, missing[0]!], [0, missing[1]!], [0, 0]]; // prettier-ignore
  const window: [number, number] = [patch[0], patch[1]];
  const maps = pooling === "max" ? tf.maxPool(tf.pad(x, around, LOWEST), window, window, "valid") : tf.avgPool(tf.pad(x, around), window, window, "valid"); // prettier-ignore
  return tf.reshape(maps, [batch, -1, channels]);
}

/** Below any feature. */
const LOWEST = -1e30;
