import { mcLoss, mcScores } from "@fovea/losses";
import type { FineGrainedClassifier } from "@fovea/models";
import { inferenceContext, type BatchSource } from "@fovea/nn";
import { confusionMatrix, runningMean, topKAccuracy } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import type { ImageBatch } from "./batches.js";
import { FROZEN_STAGE } from "../tuned-trunk.js";

/** How well a network does on images. */
export interface Quality {
  readonly top1: number;
  readonly top5: number;
  /**
   * Top-1 accuracy of `mcScores`: of the map alone, without the head. Null if there are fewer channels than classes.
   */
  readonly map: number | null;
  /** Mean h: 1 if all channels of a class are active at one position, ξ if at ξ positions. Null as `map`. */
  readonly diversity: number | null;
  /** Rows are the true classes. */
  readonly confusion: readonly (readonly number[])[];
}

/** How images are classified. */
export interface EvaluationOptions {
  /** How many classes there are. */
  readonly classes: number;
  /** Whether batches are the frozen trunk's maps. */
  readonly pretrained: boolean;
  /** Called after each batch. Default: nothing is called. */
  readonly onStep?: () => void;
}

/** One pass over the images. */
export async function qualityOf(
  model: FineGrainedClassifier,
  batches: BatchSource<ImageBatch>,
  { classes, pretrained, onStep }: EvaluationOptions,
): Promise<Quality> {
  const confusion = confusionMatrix({ classes });
  const means = { top1: runningMean(), top5: runningMean(), map: runningMean(), diversity: runningMean() };
  const start = pretrained ? { from: FROZEN_STAGE } : {};
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const { x, labels } = await batches.batch(step);
    const { maps, logits } = model.outputs(x, inferenceContext(), start);
    const images = labels.size;
    means.top1.add(await topKAccuracy(logits, labels), images);
    means.top5.add(await topKAccuracy(logits, labels, { k: Math.min(5, classes) }), images);
    if (maps.shape[3] >= classes) {
      const { scores, diversity } = ofMap(maps, labels, classes);
      means.map.add(await topKAccuracy(scores, labels), images);
      means.diversity.add(diversity, images);
      scores.dispose();
    }
    confusion.add(
      await labels.data(),
      tf.tidy(() => tf.argMax(logits, 1).dataSync()),
    );
    tf.dispose([x, labels, maps, logits]);
    onStep?.();
  }
  const { top1, top5, map, diversity } = means;
  const orNull = ({ value }: { readonly value: number }) => (Number.isNaN(value) ? null : value);
  const ofMaps = { map: orNull(map), diversity: orNull(diversity) };
  return { top1: top1.value, top5: top5.value, ...ofMaps, confusion: confusion.counts };
}

/** The class scores of a map whose channels are shared out among the classes, and its mean h. */
const ofMap = (maps: tf.Tensor4D, labels: tf.Tensor1D, classes: number) => ({
  scores: mcScores(maps, { classes }),
  diversity: tf.tidy(() => mcLoss(maps, labels, inferenceContext(), { classes }).terms["diversity"]!.dataSync()[0]!),
});

/** The share of errors that are sisters of the truth; null if there are no errors. */
export function sisterShare(confusion: Quality["confusion"], families: readonly string[]): number | null {
  let [errors, sisters] = [0, 0];
  confusion.forEach((row, truth) =>
    row.forEach((count, said) => {
      if (said === truth) return;
      errors += count;
      if (families[said] === families[truth]) sisters += count;
    }),
  );
  return errors === 0 ? null : sisters / errors;
}

/** The share of errors that would be sisters of the truth were errors spread evenly over the other classes. */
export function sisterShareByChance(families: readonly string[]): number {
  const evenly = families.map((_, truth) => families.map((_, said) => Number(said !== truth)));
  return sisterShare(evenly, families) ?? 0;
}
