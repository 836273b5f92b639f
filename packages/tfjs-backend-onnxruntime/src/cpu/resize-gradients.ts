import { linearPlaces, nearestPlaces, type Centers, type Places, type PlacesOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernel, type Numbers } from "./cpu-kernel.js";

/** For each place of the result, the places of the source that it is made of, and how much of each is in it. */
const partsOf = ({ low, share }: Places): (readonly [place: number, weight: number])[][] =>
  low.map((place, i) => {
    const next = share[i]!;
    return next === 0 ? [[place, 1]] : [[place, 1 - next], [place + 1, next]]; // prettier-ignore
  });

/** Each error goes back to the places that its pixel was made of, in the same parts. */
const gradient = (name: string, placesOf: PlacesOf, wrong: string): CpuKernel => ({
  name,
  wrong,
  run({ images, dy }, attrs): Numbers {
    const [batch, h, w, channels] = images!.shape as [number, number, number, number];
    const [, height, width] = dy!.shape as [number, number, number, number];
    const centers = attrs as unknown as Centers;
    const rows = partsOf(placesOf(h, height, centers));
    const columns = partsOf(placesOf(w, width, centers));
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
  gradient(tf.ResizeBilinearGrad, linearPlaces, "throws for images that are not square; knows no half-pixel centers"),
  gradient(
    tf.ResizeNearestNeighborGrad,
    nearestPlaces,
    "uses the first image's errors for the entire batch; does not end for one pixel with its corners aligned; knows no half-pixel centers",
  ),
];
