import type { SegmentationBatch } from "@fovea/data";
import { channelDistillation, pixelDistillation } from "@fovea/losses";
import { inferenceContext, withoutGradient } from "@fovea/nn";
import type { Segmenter } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import type { Settings } from "./settings.js";
import type { Lessons } from "./training.js";

/** What a student learns of a teacher, given both. */
export type Teaching = (teacher: Segmenter, student: Segmenter, settings: Settings) => Lessons;

/** The teacher's logits of cells, without a gradient. */
const logitsOf = (teacher: Segmenter, { images }: SegmentationBatch): tf.Tensor4D =>
  withoutGradient(images, (x) => teacher.forward(x, inferenceContext()).logits);

/** The teacher's probabilities at each pixel: the universal term of APD. */
export const pixels: Teaching =
  (teacher, student, { kd }) =>
  ({ logits }, batch) => {
    const [, height, width] = batch.images.shape;
    const at = (map: tf.Tensor4D) => student.upsample(map, [height, width]);
    const loss = pixelDistillation(at(logits), at(logitsOf(teacher, batch)), { reduction: "element" });
    return { kd: tf.mul(loss, kd) };
  };

/** Where the teacher finds each class. */
export const channels: Teaching =
  (teacher, _, { cwd }) =>
  ({ logits }, batch) => ({ cwd: tf.mul(channelDistillation(logits, logitsOf(teacher, batch)), cwd) });
