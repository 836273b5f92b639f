import { matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { positionsLast } from "../class-channels.js";
import { requirePositive } from "../checks.js";
import { knowledgeDistillation } from "../knowledge-distillation.js";
import { requirePixels } from "./label-map.js";

/** Options of `channelDistillation`. */
export interface ChannelDistillationOptions {
  /**
   * The temperature that divides both maps, > 0; the higher it is, the larger are the regions that count. Default 4.
   */
  readonly temperature?: number;
}

/**
 * Channel-wise distillation (CWD): where a channel is large, the student's should be large. Each channel of each image
 * is one distribution over its pixels; a pixel where the teacher's is small hardly counts.
 *
 *     q_bc = softmax over the pixels n of teacher_bnc / temperature,   p_bc = the same of the student
 *     loss = temperature² mean_bc KL(q_bc || p_bc)
 *
 * The teacher gets no gradient. For logits, where a channel is a class, or for features of as many channels as the
 * teacher's; otherwise project the student's with a 1 × 1 convolution. No labels are needed, and ignored pixels count,
 * as in the paper and its code, which agree. The authors multiply the loss by 3 for logits.
 *
 * Ref: Shu et al. 2021 (CWD), arXiv:2011.13256, equations 2 to 4; code: irfanICMLL/TorchDistiller.
 * @param student - logits or features, [batch, rows, columns, channels]
 * @param teacher - of the same shape
 * @returns scalar, []
 * @throws RangeError for an empty batch, or a temperature that is not > 0
 */
export function channelDistillation(
  student: tf.Tensor4D,
  teacher: tf.Tensor4D,
  { temperature = 4 }: ChannelDistillationOptions = {},
): tf.Scalar {
  const { batch, rows, columns, channels } = matchShapes(
    "channelDistillation",
    { student: "batch rows columns channels", teacher: "batch rows columns channels" },
    { student, teacher },
  );
  requirePixels("channelDistillation", { student });
  requirePositive("channelDistillation", { temperature });
  return tf.tidy(() => {
    const distributions = (x: tf.Tensor4D): tf.Tensor2D =>
      tf.reshape(positionsLast(x), [batch * channels, rows * columns]);
    return knowledgeDistillation(distributions(student), distributions(teacher), { temperature });
  });
}
