import type { Stage } from "@fovea/experiment";
import { crossEntropy, softLabelDistillation } from "@fovea/losses";
import { inferenceContext, withoutGradient } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { FROZEN_STAGE } from "../tuned-trunk.js";
import { batchesInOrder, trainingBatches, type PmaBatch } from "./batches.js";
import type { PmaData } from "./task.js";
import { qualityOf } from "./evaluate.js";
import type { Network } from "./network.js";
import type { Settings } from "./settings.js";

const start = { from: FROZEN_STAGE };

/** One pass of training for all: by cross-entropy with the labels, or with what a teacher says of the same sample. */
export async function stageOf(
  model: Network,
  settings: Settings,
  data: PmaData,
  teacher?: Network,
): Promise<Stage<PmaBatch>> {
  const { epochs, learningRate, weightDecay, maxPhrases } = settings;
  const toValidate = batchesInOrder(data.validation, data, { text: "all", maxPhrases });
  return {
    batches: await trainingBatches(data.train, data, settings),
    loss({ features, labels, words }, ctx) {
      const x = features as tf.Tensor4D;
      const logits = model.forward(x, words, ctx, start);
      if (!teacher) return crossEntropy(logits, labels);
      const taught = withoutGradient(x, (x) => teacher.forward(x, words, inferenceContext(), start));
      return softLabelDistillation(logits, taught);
    },
    ...{ epochs, learningRate, weightDecay },
    async validate() {
      const { top1 } = await qualityOf(model, toValidate, data.classes.length);
      return { top1 };
    },
  };
}
