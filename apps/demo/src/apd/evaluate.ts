import { pixelsSource, toTensor, type LabelMap, type SegmentationSet } from "@fovea/data";
import type { Evaluation } from "@fovea/experiment";
import type { LargeImage, Pixels } from "@fovea/nn";
import {
  classScores,
  collectLabels,
  confusionMatrix,
  meanScore,
  pixelLogits,
  slidingWindow,
  type ConfusionMatrix,
  type LabelBand,
  type Segmenter,
} from "@fovea/segmentation";
import { NORMALIZATION } from "../splits.js";

/** How many windows are computed at once. */
const WINDOWS = 4;

/** The label map of an image of any size, band by band, by overlapping windows. @param size - side of a window */
export const labelBands = (model: Segmenter, image: LargeImage, size: number): AsyncIterable<LabelBand> =>
  slidingWindow(image, (x) => pixelLogits(model, x), {
    ...{ window: size, batch: WINDOWS },
    prepare: (images) => toTensor(images, NORMALIZATION),
  });

/** The label map of an image in memory. */
export async function labelsOf(model: Segmenter, image: Pixels, size: number): Promise<LabelMap> {
  const { width, height, labels } = await collectLabels(labelBands(model, pixelsSource(image), size));
  return { width, height, data: labels };
}

/** How many pixels of a set of each class are taken for which. */
export async function confusionOf(
  model: Segmenter,
  { items, classes, ignore }: SegmentationSet,
  size: number,
  onImage?: () => void,
): Promise<ConfusionMatrix> {
  const matrix = confusionMatrix({ classes: classes.length, ignore });
  for (const item of items) {
    const { image, labels } = await item.load();
    matrix.add(labels.data, (await labelsOf(model, image, size)).data);
    onImage?.();
  }
  return matrix;
}

/** Mean IoU over the classes that are there, and the share of the pixels that are right. */
export const qualityOf = (matrix: ConfusionMatrix): { readonly miou: number; readonly accuracy: number } => ({
  miou: meanScore(matrix),
  accuracy: meanScore(matrix, { score: "accuracy", average: "micro" }),
});

/** All that is measured on a set. IoU is null for a class that is neither there nor found. */
export function evaluationOf(matrix: ConfusionMatrix, classes: readonly string[]): Evaluation {
  const scores = classScores(matrix);
  return {
    measurements: [
      ...Object.entries(qualityOf(matrix)).map(([metric, value]) => ({ metric, value })),
      ...classes.map((name, c) => ({ metric: "iou", value: scores[c]!.iou ?? null, at: { class: name } })),
    ],
    confusion: classes.map((_, c) => [...matrix.counts.subarray(c * classes.length, (c + 1) * classes.length)]),
  };
}
