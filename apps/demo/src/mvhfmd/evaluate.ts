import * as tf from "@tensorflow/tfjs-core";
import { groupsOf, inOrder, labelsOf, viewSubsets, type CollectionSampler } from "@fovea/data";
import type { MultiViewClassifier } from "@fovea/models";
import { inferenceContext, type BatchSource } from "@fovea/nn";
import type { Accuracy } from "../run.js";
import type { Task } from "./task.js";

/** The collections of `views` views that every strategy is tested on. */
export interface TestCollections {
  readonly views: number;
  readonly sampler: CollectionSampler;
  readonly collections: number;
  readonly total: number;
}

/** Every collection of the test pictures, or a seeded sample of `limit` a class. */
export function testCollections(task: Task, views: number, limit: number, seed: number): TestCollections {
  const { test, distinctGroups } = task;
  const subsets = viewSubsets({ labels: labelsOf(test), groups: groupsOf(test), distinctGroups, views, limit, seed });
  return {
    views,
    sampler: inOrder(subsets, { batch: 32 }),
    collections: subsets.sampled,
    total: Number(subsets.total),
  };
}

/** A batch to test on. */
export type ViewBatch = { views: tf.Tensor; labels: tf.Tensor1D; mask: tf.Tensor2D };

/**
 * Top-1 and top-5 accuracy of one output of a model.
 *
 * @param output - `"single"` counts every view as a prediction of its own
 */
export async function accuracyOf(
  model: MultiViewClassifier<string, unknown>,
  batches: BatchSource<ViewBatch>,
  from: "image" | "map",
  output: string,
  { views, collections, total }: TestCollections,
): Promise<Accuracy> {
  let [top1, top5, seen] = [0, 0, 0];
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const batch = await batches.batch(step);
    const ranks = tf.tidy(() => {
      const logits = model.forward({ views: batch.views, from, mask: batch.mask }, inferenceContext(), [output])[
        output
      ]!;
      const each = logits.rank === 3 ? logits.shape[1]! : 1;
      const labels = tf.reshape(tf.tile(tf.expandDims(batch.labels, 1), [1, each]), [-1]) as tf.Tensor1D;
      return rankOfTruth(tf.reshape(logits, [labels.size, -1]) as tf.Tensor2D, labels);
    });
    for (const rank of await ranks.data()) {
      seen++;
      top1 += Number(rank < 1);
      top5 += Number(rank < 5);
    }
    tf.dispose([ranks, batch]);
  }
  return { views, top1: top1 / seen, top5: top5 / seen, collections, total };
}

/** How many classes score higher than the true one. */
const rankOfTruth = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D => {
  const truth = tf.sum(tf.mul(logits, tf.oneHot(labels, logits.shape[1])), 1, true);
  return tf.sum(tf.cast(tf.greater(logits, truth), "int32"), 1);
};
