import { matchShapes, requireCounts } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** How `topKAccuracy` counts. */
export interface TopKOptions {
  /** The number of classes with the highest logits of which one must be the label. Default 1. */
  readonly k?: number;
  /** Samples with this label do not count. Default −1. */
  readonly ignore?: number;
}

/**
 * The share of samples whose label is among the k highest logits; NaN if none counts. Of equal logits the lower class
 * comes first, and NaN is never a hit, so that neither a fresh head nor a broken one looks good.
 *
 * @param logits - [batch, classes]
 * @param labels - whole numbers in [0, classes), [batch]
 */
export async function topKAccuracy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  { k = 1, ignore = -1 }: TopKOptions = {},
): Promise<number> {
  requireCounts("topKAccuracy", { k });
  const { batch, classes } = matchShapes(
    "topKAccuracy",
    { logits: "batch classes", labels: "batch" },
    { logits, labels },
  );
  const [scores, targets] = await Promise.all([logits.data(), labels.data()]);
  let [hits, counted] = [0, 0];
  for (let b = 0; b < batch; b++) {
    if (targets[b] === ignore) continue;
    counted++;
    if (rankOf(targets[b]!, scores.subarray(b * classes, (b + 1) * classes)) < k) hits++;
  }
  return hits / counted;
}

/** The number of classes that rank before this one. */
function rankOf(target: number, scores: ArrayLike<number>): number {
  const score = scores[target];
  if (score === undefined) throw new RangeError(`topKAccuracy: label ${target} is not among ${scores.length} classes.`);
  let rank = 0;
  for (let c = 0; c < scores.length; c++) if (scores[c]! > score || (scores[c] === score && c < target)) rank++;
  return Number.isNaN(score) ? Infinity : rank;
}
