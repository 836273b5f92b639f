import type { Box } from "@fovea/data";
import type { LargeImageClassifier, LargeImagePrediction } from "@fovea/models";
import type { Region } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import type { OpenScene } from "./lab.js";

/** How well scenes are told apart. */
export interface Quality {
  readonly accuracy: number;
  /** Share of the scenes with a needle of which one of the patches has at least half of it. */
  readonly found: number;
  /** Scenes of each class (row) that were taken for each (column). */
  readonly confusion: readonly (readonly number[])[];
}

/** Each scene once, by the most attended places. */
export async function qualityOf(
  model: LargeImageClassifier<SamplingPlan>,
  scenes: readonly OpenScene[],
  onScene: (done: number) => void = () => undefined,
): Promise<Quality> {
  const predictions: LargeImagePrediction[] = [];
  for (const { source } of scenes) {
    predictions.push(await model.predict(source));
    onScene(predictions.length);
  }
  const classes = predictions[0]!.probabilities.length;
  const confusion = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  predictions.forEach(({ probabilities }, i) => confusion[scenes[i]!.scene.label]![likeliest(probabilities)]!++);
  const needles = scenes.flatMap(({ scene }, i) =>
    scene.targets.map((box) => predictions[i]!.plans[0]!.regions.some((region) => sees(region, box))),
  );
  return {
    accuracy: confusion.reduce((sum, row, label) => sum + row[label]!, 0) / scenes.length,
    found: needles.filter(Boolean).length / Math.max(1, needles.length),
    confusion,
  };
}

/** Index of the largest. */
export const likeliest = (probabilities: ArrayLike<number>): number =>
  Array.from(probabilities).reduce((best, p, i) => (p > probabilities[best]! ? i : best), 0);

/** Whether at least half of the box is in the region. */
export function sees(region: Region, box: Box): boolean {
  const shared = (from: "left" | "top", length: "width" | "height") =>
    Math.min(region[from] + region[length], box[from] + box[length]) - Math.max(region[from], box[from]);
  const [width, height] = [shared("left", "width"), shared("top", "height")];
  return width > 0 && height > 0 && 2 * width * height >= box.width * box.height;
}
