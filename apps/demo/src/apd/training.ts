import { segmentationAugmentation, segmentationBatches, type SegmentationBatch } from "@fovea/data";
import type { Stage } from "@fovea/experiment";
import { addLosses, pixelCrossEntropy } from "@fovea/losses";
import type { Context } from "@fovea/nn";
import type { Segmenter, SegmenterOutputs } from "@fovea/segmentation";
import * as tf from "@tensorflow/tfjs-core";
import { confusionOf, qualityOf } from "./evaluate.js";
import type { Settings } from "./settings.js";
import type { ApdData } from "./task.js";

/** What a student learns beside labels: terms of the loss by name, weighted. */
export type Lessons = (outputs: SegmenterOutputs, batch: SegmentationBatch, ctx: Context) => Record<string, tf.Scalar>;

/** One pass of training for all: on crops, by cross-entropy of pixels, and by what a teacher adds. */
export function stageOf(
  model: Segmenter,
  { size, batch, seed, epochs, learningRate, weightDecay, auxWeight }: Settings,
  { train, validation }: ApdData,
  lessons: Lessons = () => ({}),
): Stage<SegmentationBatch> {
  const { ignore } = train;
  const crossEntropy = (logits: tf.Tensor4D, labels: tf.Tensor3D): tf.Scalar => {
    const [, height, width] = labels.shape;
    return pixelCrossEntropy(model.upsample(logits, [height, width]), labels, { ignore });
  };
  return {
    batches: segmentationBatches({ set: train, batch, seed, transform: segmentationAugmentation({ crop: size }) }),
    loss(given, ctx) {
      const outputs = model.forward(given.images, ctx);
      return addLosses({
        "cross-entropy": crossEntropy(outputs.logits, given.labels),
        auxiliary: tf.mul<tf.Scalar>(crossEntropy(outputs.auxiliary!, given.labels), auxWeight),
        ...lessons(outputs, given, ctx),
      });
    },
    ...{ epochs, learningRate, weightDecay },
    validate: async () => qualityOf(await confusionOf(model, validation, size)),
  };
}
