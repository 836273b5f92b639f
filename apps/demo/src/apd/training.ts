import { segmentationAugmentation, segmentationBatches, type SegmentationBatch } from "@fovea/data";
import type { Stage } from "@fovea/experiment";
import { adaptivePerspectiveDistillation, type DistillationConfig } from "@fovea/models";
import { subSeed } from "@fovea/nn";
import type { Segmenter } from "@fovea/segmentation";
import { adamW, constant } from "@fovea/train";
import { NORMALIZATION } from "../splits.js";
import { confusionOf, qualityOf } from "./evaluate.js";
import type { Settings } from "./settings.js";
import type { ApdData } from "./task.js";

/** The terms of the loss by which one learns from labels alone. */
export const labelsAlone: DistillationConfig = { weights: { pixel: 0, adaptive: 0, alignment: 0 } };

/** The projection of the teacher's features, which has an optimizer of its own. */
const PROJECTION = "projection.teacher.";

/**
 * The one stage of every network: on crops, by cross-entropy of pixels, and by what a teacher adds.
 *
 * @param lesson - what is learned; where nothing is learned of the teacher, it may be the student itself
 */
export async function* stagesOf(
  student: Segmenter,
  { size, scale, batch, seed, epochs, learningRate, weightDecay, projectionRate }: Settings,
  { train, validation }: ApdData,
  lesson: DistillationConfig,
  teacher: Segmenter = student,
): AsyncGenerator<Stage<SegmentationBatch>> {
  const module = adaptivePerspectiveDistillation(teacher, student, {
    ...{ ignore: train.ignore, seed: subSeed(seed, "projections") },
    ...lesson,
  });
  const projects = Object.keys(module.params).some((name) => name.startsWith(PROJECTION));
  try {
    yield {
      batches: segmentationBatches({
        ...{ set: train, batch, seed, normalization: NORMALIZATION },
        transform: segmentationAugmentation({ crop: size, scale }),
      }),
      module,
      loss: ({ images, labels }, ctx) => module.loss(images, labels, ctx),
      ...{ epochs, learningRate, weightDecay },
      ...(projects && {
        groups: { [PROJECTION]: { optimizer: adamW({ beta2: 0.99, weightDecay: 0 }) } },
        schedules: { [`learningRate/${PROJECTION}`]: constant(projectionRate) },
      }),
      validate: async () => qualityOf(await confusionOf(student, validation, size)),
    };
  } finally {
    module.dispose();
  }
}
