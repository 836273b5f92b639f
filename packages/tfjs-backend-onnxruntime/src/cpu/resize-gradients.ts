import * as tf from "@tensorflow/tfjs-core";
import { linearWeights, nearestWeights, type Centers, type Weights } from "../lowerings/resize-weights.js";
import { type CpuKernel, type Numbers } from "./cpu-kernel.js";

/** [from, to] weights as lists: for each place of the result, the places of the source that it is made of. */
function partsOf(weights: readonly number[], from: number, to: number): (readonly [place: number, weight: number])[][] {
  return Array.from(
    { length: to },
    (_, i) =>
    Array.from({ length: from }, (_, place) => [place, weights[place * to + i]!] as const).filter(([, weight]) => weight !== 0), // prettier-ignore
  );
}

/** Each error goes back to the places that its pixel was made of, in the same parts. */
const gradient = (name: string, weightsOf: Weights, wrong: string): CpuKernel => ({
  name,
  wrong,
  run({ images, dy }, attrs): Numbers {
    const [batch, h, w, channels] = images!.shape as [number, number, number, number];
    const [, height, width] = dy!.shape as [number, number, number, number];
    const centers = attrs as unknown as Centers;
    const rows = partsOf(weightsOf(h, height, centers), h, height);
    const columns = partsOf(weightsOf(w, width, centers), w, width);
    const dx = new Float64Array(images!.values.length);
    for (let b = 0; b < batch; b++)
      rows.forEach((rowParts, i) =>
        columns.forEach((columnParts, j) => {
          const from = ((b * height + i) * width + j) * channels;
          for (const [row, p] of rowParts)
            for (const [column, q] of columnParts) {
              const to = ((b * h + row) * w + column) * channels;
              for (let c = 0; c < channels; c++) dx[to + c]! += p * q * dy!.values[from + c]!;
            }
        }),
      );
    return { shape: images!.shape, dtype: "float32", values: Float32Array.from(dx) };
  },
});

export const resizeGradients: readonly CpuKernel[] = [
  gradient(tf.ResizeBilinearGrad, linearWeights, "throws for images that are not square; knows no half-pixel centers"),
  gradient(
    tf.ResizeNearestNeighborGrad,
    nearestWeights,
    "reads each image of a batch where the first is; does not end for one pixel with its corners aligned; knows no half-pixel centers",
  ),
];
