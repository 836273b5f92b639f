import * as tf from "@tensorflow/tfjs-core";
import type { Evaluation } from "@fovea/experiment";
import type { MultiViewClassifier } from "@fovea/models";
import { inferenceContext, type BatchSource } from "@fovea/nn";
import { confusionMatrix, runningMean, topKAccuracy } from "@fovea/train";
import type { ViewBatch } from "../splits.js";

/** Which predictions of a model are measured, and on what. */
export interface AccuracyOptions {
  /** Whether batches are images or maps of the frozen trunk. */
  readonly from: "image" | "map";
  /** `"single"` counts every view as a prediction of its own. The first one's confusion matrix is counted. */
  readonly outputs: readonly string[];
  /** Views of a collection. */
  readonly views: number;
  /** How many classes there are. */
  readonly classes: number;
  /** Called after each batch. Default: nothing is called. */
  readonly onStep?: () => void;
}

/** Top-1 and top-5 accuracy of several outputs of a model, from one pass over the collections. */
export async function accuracies(
  model: MultiViewClassifier<string, unknown>,
  { stepsPerEpoch, batch }: BatchSource<ViewBatch>,
  { from, outputs, views, classes, onStep }: AccuracyOptions,
): Promise<Evaluation> {
  const found = outputs.map((name) => ({ name, top1: runningMean(), top5: runningMean() }));
  const confusion = confusionMatrix({ classes });
  for (let step = 0; step < stepsPerEpoch; step++) {
    const collections = await batch(step);
    const logits = model.forward({ ...collections, from }, inferenceContext(), outputs);
    for (const [i, { name, top1, top5 }] of found.entries()) {
      const { flat, labels } = tf.tidy(() => each(logits[name]!, collections.labels));
      top1.add(await topKAccuracy(flat, labels), labels.size);
      top5.add(await topKAccuracy(flat, labels, { k: 5 }), labels.size);
      if (i === 0)
        confusion.add(
          await labels.data(),
          tf.tidy(() => tf.argMax(flat, 1).dataSync()),
        );
      tf.dispose([flat, labels]);
    }
    tf.dispose([logits, collections]);
    onStep?.();
  }
  const measurements = found.flatMap(({ name, top1, top5 }) =>
    Object.entries({ top1, top5 }).map(([metric, { value }]) => ({ metric, value, at: { output: name, views } })),
  );
  return { measurements, confusion: confusion.counts };
}

/** Every prediction with its label: of collections [batch, classes], or of views [batch, view, classes]. */
function each(logits: tf.Tensor, labels: tf.Tensor1D) {
  const flat = tf.reshape<tf.Rank.R2>(logits, [-1, logits.shape.at(-1)!]);
  const repeated = tf.tile(tf.expandDims(labels, 1), [1, flat.shape[0] / labels.size]);
  return { flat, labels: tf.reshape<tf.Rank.R1>(repeated, [-1]) };
}
