import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { requirePositive } from "../checks.js";
import { knowledgeDistillation } from "../knowledge-distillation.js";
import { requirePixels } from "./label-map.js";
import { countedPixels, requireDivergence, type PixelDivergenceOptions } from "./pixel-divergence.js";

/** Options of `pixelDistillation`. */
export interface PixelDistillationOptions extends PixelDivergenceOptions {
  /** The temperature that divides both logits, > 0; the higher it is, the softer are both predictions. Default 1. */
  readonly temperature?: number;
}

/**
 * Pixel-wise distillation: `knowledgeDistillation` of each pixel. The universal term of APD, and the plain rival of
 * other distillations.
 *
 *     q_n = softmax(teacher_n / temperature),   p_n = softmax(student_n / temperature)
 *     loss = temperature² mean_n KL(q_n || p_n)                    reduction "pixel", the default
 *     loss = temperature² / classes · mean_n KL(q_n || p_n)        reduction "element"
 *
 * The mean is over all pixels n of all images, or over those with a label if `labels` are given; over none it is 0. The
 * teacher gets no gradient. A pixel that is left out may hold any numbers, even NaN.
 *
 * The code of APD has temperature 1, reduction "element" and all pixels, on logits of full size (`resizeLogits`), and
 * multiplies by 10. The code of Liu et al. divides by rows · columns but not by the batch, and leaves out the teacher's
 * entropy, which has no gradient; it reshapes maps whose classes come before the pixels, so that its distributions are
 * over neighbouring pixels. Their paper has the mean over the pixels, as here.
 *
 * Ref: Liu et al. 2019 (SKD), arXiv:1903.04197, equation 1; Hinton, Vinyals and Dean 2015, arXiv:1503.02531; Tian et
 * al. 2022 (APD), IEEE TPAMI 45(2):1372-1387; code: irfanICMLL/structure_knowledge_distillation, dvlab-research/APD.
 * @param student - logits, [batch, rows, columns, classes]
 * @param teacher - logits, [batch, rows, columns, classes]
 * @returns scalar, []
 * @throws TypeError for labels that are not int32
 * @throws RangeError for an empty batch, a label that is no class, or an option out of range
 */
export function pixelDistillation(
  student: tf.Tensor4D,
  teacher: tf.Tensor4D,
  { temperature = 1, ...options }: PixelDistillationOptions = {},
): tf.Scalar {
  const { labels, reduction = "pixel" } = options;
  const { batch, rows, columns, classes } = matchShapes(
    "pixelDistillation",
    {
      student: "batch rows columns classes",
      teacher: "batch rows columns classes",
      ...(labels && { labels: "batch height width" }),
    },
    { student, teacher, ...(labels && { labels }) },
  );
  requirePixels("pixelDistillation", { student });
  requirePositive("pixelDistillation", { temperature });
  requireDivergence("pixelDistillation", classes, options);
  return tf.tidy(() => {
    const pixels = (x: tf.Tensor) => tf.reshape(x, [-1, classes]) as tf.Tensor2D;
    const counted = labels && {
      sampleWeights: tf.reshape(countedPixels([batch, rows, columns], options), [-1]) as tf.Tensor1D,
    };
    const loss = knowledgeDistillation(pixels(student), pixels(teacher), { temperature, ...counted });
    return reduction === "element" ? tf.div(loss, classes) : loss;
  });
}
