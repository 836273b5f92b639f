import type { Region } from "@fovea/nn";
import type { Box } from "@fovea/data";
import type { LargeImagePrediction } from "@fovea/models";
import { confusionMatrix } from "@fovea/train";
import type { Model } from "./networks.js";
import type { LabeledImage } from "./scenes.js";

/** How well images are classified. */
export interface Quality {
  readonly accuracy: number;
  /** Share of what decides a class of which one of the patches has at least half; null if nobody knows where it is. */
  readonly found: number | null;
  /** Images of each class (row) that were taken for each (column). */
  readonly confusion: readonly (readonly number[])[];
}

/** Each image once, by the most attended places. */
export async function qualityOf(
  model: Model,
  images: readonly LabeledImage[],
  onImage: (done: number) => void = () => undefined,
): Promise<Quality> {
  const predictions: LargeImagePrediction[] = [];
  for (const { source } of images) {
    predictions.push(await model.predict(source));
    onImage(predictions.length);
  }
  const matrix = confusionMatrix({ classes: predictions[0]!.probabilities.length });
  const said = predictions.map(({ probabilities }) => likeliest(probabilities));
  const labels = images.map(({ label }) => label);
  matrix.add(labels, said);
  const known = images.every(({ boxes }) => boxes !== null);
  const found = images.flatMap(({ boxes }, i) => (boxes ?? []).map((box) => looksAt(predictions[i]!, box)));
  return {
    accuracy: matrix.accuracy,
    found: known ? found.filter(Boolean).length / Math.max(1, found.length) : null,
    confusion: matrix.counts,
  };
}

/** Index of the largest. */
export const likeliest = (probabilities: ArrayLike<number>): number =>
  Array.from(probabilities).reduce((best, p, i) => (p > probabilities[best]! ? i : best), 0);

/** Whether at least half of the box is in one of the patches. */
export const looksAt = ({ plans }: LargeImagePrediction, box: Box): boolean =>
  plans[0]!.regions.some((region) => covers(region, box));

/** Whether at least half of the box is in the region. */
export function covers(region: Region, box: Box): boolean {
  const shared = (from: "left" | "top", length: "width" | "height") =>
    Math.min(region[from] + region[length], box[from] + box[length]) - Math.max(region[from], box[from]);
  const [width, height] = [shared("left", "width"), shared("top", "height")];
  return width > 0 && height > 0 && 2 * width * height >= box.width * box.height;
}

/** Whether an accuracy is above chance by more than two standard errors of chance. */
export function beyondChance(accuracy: number, images: number, classes: number): boolean {
  const chance = 1 / classes;
  return accuracy > chance + 2 * Math.sqrt((chance * (1 - chance)) / images);
}
