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

/**
 * Every collection of the test pictures, or a seeded sample of `limit` a class.
 *
 * @throws RangeError if a class has fewer test pictures (or groups) than views: columns would be of different classes
 */
export function testCollections(task: Task, views: number, limit: number, seed: number): TestCollections {
  const { test, distinctGroups } = task;
  const subsets = viewSubsets({ labels: labelsOf(test), groups: groupsOf(test), distinctGroups, views, limit, seed });
  const [small] = subsets.tooSmall;
  if (small !== undefined)
    throw new RangeError(
      `mvhfmd: \`--views\` is ${views}, but class \`${task.classes[small]}\` has fewer test pictures than that.`,
    );
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
 * Top-1 and top-5 accuracy of several outputs of a model, from one pass over the collections.
 *
 * @param outputs - `"single"` counts every view as a prediction of its own
 * @param onStep - called after each batch
 * @returns one accuracy for each output
 */
export async function accuraciesOf(
  model: MultiViewClassifier<string, unknown>,
  batches: BatchSource<ViewBatch>,
  from: "image" | "map",
  outputs: readonly string[],
  { views, collections, total }: TestCollections,
  onStep: () => void = () => undefined,
): Promise<Accuracy[]> {
  const counts = outputs.map(() => ({ top1: 0, top5: 0, seen: 0 }));
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const batch = await batches.batch(step);
    const ranks = tf.tidy(() => {
      const logits = model.forward({ views: batch.views, from, mask: batch.mask }, inferenceContext(), outputs);
      return outputs.map((name) => rankOfTruth(logits[name]!, batch.labels));
    });
    for (const [i, ranked] of ranks.entries()) count(counts[i]!, await ranked.data());
    tf.dispose([ranks, batch]);
    onStep();
  }
  return counts.map(({ top1, top5, seen }) => ({ views, top1: top1 / seen, top5: top5 / seen, collections, total }));
}

function count(counts: { top1: number; top5: number; seen: number }, ranks: ArrayLike<number>): void {
  for (let i = 0; i < ranks.length; i++) {
    counts.seen++;
    counts.top1 += Number(ranks[i]! < 1);
    counts.top5 += Number(ranks[i]! < 5);
  }
}

/**
 * How many classes come before the true one: those that score higher, and of equals those with a smaller number, so
 * that a fresh head does not look good. Infinity where a score is NaN.
 *
 * @param logits - [batch, classes] or [batch, view, classes]
 * @param labels - [batch]
 */
function rankOfTruth(logits: tf.Tensor, labels: tf.Tensor1D): tf.Tensor {
  const classes = logits.shape.at(-1)!;
  const each = (perCollection: tf.Tensor) => (logits.rank === 3 ? tf.expandDims(perCollection, 1) : perCollection);
  const truth = each(tf.cast(tf.oneHot(labels, classes), "float32"));
  const earlier = each(tf.less(tf.expandDims(tf.range(0, classes, 1, "int32"), 0), tf.expandDims(labels, 1)));
  const score = tf.sum(tf.mul(logits, truth), -1, true);
  const before = tf.logicalOr(tf.greater(logits, score), tf.logicalAnd(tf.equal(logits, score), earlier));
  const rank = tf.sum(tf.cast(before, "float32"), -1);
  return tf.where(tf.isFinite(tf.sum(logits, -1)), rank, tf.fill(rank.shape, Infinity));
}
