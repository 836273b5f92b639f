import * as tf from "@tensorflow/tfjs-core";
import type { Attrs } from "./lowering.js";

/** Windows along one axis of a map. */
interface Windows {
  readonly kernel: number;
  readonly stride: number;
  /** Cells before the map. */
  readonly before: number;
  readonly input: number;
  readonly output: number;
}

/**
 * For each window of an average pooling, row by row, how many times as many cells it has as lie on the map: more than 1
 * where it reaches into padding, which the average does not count.
 *
 * @param shape - of the map, [batch, height, width, channels] or [batch, depth, height, width, channels]
 * @returns the factors, and how many windows there are along each axis
 */
export function averageFactors(shape: readonly number[], attrs: Attrs): { factors: number[]; output: number[] } {
  const axes = windowsOf(shape, attrs);
  const along = axes.map(({ kernel, stride, before, input, output }) =>
    Array.from({ length: output }, (_, i) => {
      const start = i * stride - before;
      return kernel / (Math.min(input, start + kernel) - Math.max(0, start));
    }),
  );
  const factors = along.reduce((all, axis) => all.flatMap((factor) => axis.map((other) => factor * other)), [1]);
  return { factors, output: axes.map(({ output }) => output) };
}

function windowsOf(shape: readonly number[], attrs: Attrs): Windows[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.AvgPoolAttrs & tf.AvgPool3DAttrs;
  if (shape.length === 5) {
    const info = tf.backend_util.computePool3DInfo(shape as [number, number, number, number, number], filterSize as number, strides as number, 1, pad as "same", dimRoundingMode); // prettier-ignore
    return [
      { kernel: info.filterDepth, stride: info.strideDepth, before: info.padInfo.front, input: info.inDepth, output: info.outDepth }, // prettier-ignore
      { kernel: info.filterHeight, stride: info.strideHeight, before: info.padInfo.top, input: info.inHeight, output: info.outHeight }, // prettier-ignore
      { kernel: info.filterWidth, stride: info.strideWidth, before: info.padInfo.left, input: info.inWidth, output: info.outWidth }, // prettier-ignore
    ];
  }
  const info = tf.backend_util.computePool2DInfo(shape as [number, number, number, number], filterSize as number, strides as number, 1, pad, dimRoundingMode); // prettier-ignore
  return [
    { kernel: info.filterHeight, stride: info.strideHeight, before: info.padInfo.top, input: info.inHeight, output: info.outHeight }, // prettier-ignore
    { kernel: info.filterWidth, stride: info.strideWidth, before: info.padInfo.left, input: info.inWidth, output: info.outWidth }, // prettier-ignore
  ];
}
