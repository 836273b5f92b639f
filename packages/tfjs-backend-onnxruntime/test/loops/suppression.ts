import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Loop } from "./elementwise.js";
import { at, tensorOf, type Numbers } from "./numbers.js";

/** The common area over the joint one. Boxes are two opposite corners, [y, x, y, x]. */
function overlap(boxes: Numbers, i: number, j: number): number {
  const span = (box: number, axis: 0 | 1) => [at(boxes, [box, axis]), at(boxes, [box, axis + 2])].toSorted((a, b) => a - b) as [number, number]; // prettier-ignore
  const area = (box: number) => ([0, 1] as const).map((axis) => span(box, axis)).map(([a, b]) => b - a).reduce((product, side) => product * side); // prettier-ignore
  if (area(i) === 0 || area(j) === 0) return 0;
  const common = ([0, 1] as const)
    .map((axis) => [span(i, axis), span(j, axis)] as const)
    .map(([[a, b], [c, d]]) => Math.max(0, Math.min(b, d) - Math.max(a, c)))
    .reduce((product, side) => product * side);
  return common / (area(i) + area(j) - common);
}

/**
 * Again and again the box with the highest score above the threshold, the first of equals. Boxes that overlap it by as
 * much as their threshold are dropped; with a sigma, the scores of others fall by e^(−overlap² / 2 sigma).
 */
function chosen({ boxes, scores }: Readonly<Record<string, Numbers>>, attrs: Attrs): { box: number; score: number }[] {
  const { maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma: sigma = 0 } = attrs as unknown as tf.NonMaxSuppressionV5Attrs; // prettier-ignore
  const picked: { box: number; score: number }[] = [];
  let left = scores!.values.map((score, box) => ({ box, score }));
  while (picked.length < maxOutputSize) {
    left = left.filter(({ score }) => score > scoreThreshold);
    const best = left.find(({ score }) => left.every((other) => other.score <= score));
    if (!best) break;
    picked.push(best);
    left = left
      .filter(({ box }) => box !== best.box)
      .map(({ box, score }) => ({ box, score, iou: overlap(boxes!, box, best.box) }))
      .filter(({ iou }) => iou < iouThreshold)
      .map(({ box, score, iou }) => ({ box, score: sigma > 0 ? score * Math.exp((-iou * iou) / (2 * sigma)) : score }));
  }
  return picked;
}

const boxesOf = (picked: readonly { box: number }[], length = picked.length): Numbers =>
  tensorOf([length], "int32", ([i]) => picked[i!]?.box ?? 0);

export const suppressionLoops: Readonly<Record<string, Loop>> = {
  [tf.NonMaxSuppressionV3]: (inputs, attrs) => boxesOf(chosen(inputs, attrs)),
  [tf.NonMaxSuppressionV4]: (inputs, attrs) => {
    const picked = chosen(inputs, attrs);
    const length = attrs["padToMaxOutputSize"] ? (attrs["maxOutputSize"] as number) : picked.length;
    return [boxesOf(picked, length), tensorOf([], "int32", () => picked.length)];
  },
  [tf.NonMaxSuppressionV5]: (inputs, attrs) => {
    const picked = chosen(inputs, attrs);
    return [boxesOf(picked), tensorOf([picked.length], "float32", ([i]) => picked[i!]!.score)];
  },
};
