import { matchShapes, stopGradient } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive } from "../checks.js";
import { withoutAbsent } from "./absent-classes.js";
import type { ClassPrototypes } from "./class-prototypes.js";
import { countedPixels, requireDivergence, type PixelDivergenceOptions } from "./pixel-divergence.js";
import { meanOverScopes, pixelsOf } from "./scope.js";

/** Options of `adaptiveKL`. */
export interface AdaptiveKLOptions extends PixelDivergenceOptions {
  /** "pixel" or "element": see `adaptiveKL`. Default "element", as in the authors' code. */
  readonly reduction?: "pixel" | "element";
  /** The factor that makes logits of cosines, > 0. Default 10. */
  readonly scale?: number;
}

/**
 * The adaptive term of Adaptive Perspective Distillation (APD): what the student finds at a pixel, seen from its own
 * prototypes, should match what the teacher finds there, seen from the teacher's.
 *
 *     q_n = softmax over K of scale · a_nc of the teacher,   p_n = the same of the student,   K: the present classes
 *     loss = mean_n KL(q_n || p_n)                     reduction "pixel"
 *     loss = 1 / |K| · mean_n KL(q_n || p_n)           reduction "element", the default
 *
 * The a_nc are the cosines of `classPrototypes`. If each image has its own prototypes (`scope: "image"`), it also has
 * its own K, and the loss is the mean over the images that have a class. The mean is over all pixels n, as in the
 * authors' code, or over those with a label if `labels` are given. With a single class, and without any, the loss is 0
 * with a gradient of 0. The teacher gets no gradient. The authors multiply the loss by 10.
 *
 * Ref: Tian et al. 2022 (APD), IEEE TPAMI 45(2):1372-1387; code: dvlab-research/APD.
 * @param student - from `classPrototypes`
 * @param teacher - from `classPrototypes`, with the same labels and options
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for prototypes of other shapes, a label that is no class, or an option out of range
 */
export function adaptiveKL(
  student: Pick<ClassPrototypes, "cosines" | "present">,
  teacher: Pick<ClassPrototypes, "cosines" | "present">,
  { scale = 10, reduction = "element", ...options }: AdaptiveKLOptions = {},
): tf.Scalar {
  const [batch, rows, columns] = requireInputs(student, teacher, scale, { reduction, ...options });
  const { present } = student;
  return tf.tidy(() => {
    const logsOf = (cosines: tf.Tensor4D) => tf.logSoftmax(withoutAbsent(tf.mul(cosines, scale), present));
    const logQ = logsOf(stopGradient(teacher.cosines)); // [batch, rows, columns, classes]
    const kl = tf.sum(tf.mul(tf.exp(logQ), tf.sub(logQ, logsOf(student.cosines))), 3);
    const scope = present.shape[0] === batch ? "image" : "batch";
    const counted = pixelsOf<tf.Tensor2D>(countedPixels([batch, rows, columns], options), scope); // [scope, pixels]
    const classes = tf.sum(present, 1); // |K|, [scope]
    const each = reduction === "element" ? classes : tf.cast(tf.greater(classes, 0), "float32");
    return meanOverScopes(tf.sum(tf.mul(pixelsOf(kl, scope), counted), 1), tf.mul(tf.sum(counted, 1), each));
  });
}

function requireInputs(
  student: Pick<ClassPrototypes, "cosines" | "present">,
  teacher: Pick<ClassPrototypes, "cosines" | "present">,
  scale: number,
  options: PixelDivergenceOptions,
): readonly [batch: number, rows: number, columns: number] {
  const { labels } = options;
  const { batch, rows, columns, classes } = matchShapes(
    "adaptiveKL",
    {
      "student.cosines": "batch rows columns classes",
      "student.present": "scope classes",
      "teacher.cosines": "batch rows columns classes",
      "teacher.present": "scope classes",
      ...(labels && { labels: "batch height width" }),
    },
    {
      "student.cosines": student.cosines,
      "student.present": student.present,
      "teacher.cosines": teacher.cosines,
      "teacher.present": teacher.present,
      ...(labels && { labels }),
    },
  );
  requirePositive("adaptiveKL", { scale });
  requireDivergence("adaptiveKL", classes, options);
  return [batch, rows, columns];
}
