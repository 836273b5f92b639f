import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type Attrs, type CpuKernel, type Inputs, type Numbers } from "./cpu-kernel.js";

const arrays = { float32: Float32Array, int32: Int32Array } as const;

/**
 * The first greatest sum in a window, and the numbers of the map and of the filter that it is made of; −1 without one.
 */
type Visit = (place: number, sum: number, onMap: number, inFilter: number) => void;

/** Calls `visit` for each number of the result, in order; returns the result's shape. */
function eachWindow({ x, filter }: Inputs, { strides, pad, dilations }: Attrs, visit: Visit): number[] {
  const info = tf.backend_util.computeDilation2DInfo(x!.shape as [number, number, number, number], filter!.shape as [number, number, number], strides as number, pad as "same", "NHWC", dilations as number); // prettier-ignore
  const channels = info.inChannels;
  let place = 0;
  for (let b = 0; b < info.batchSize; b++)
    for (let row = 0; row < info.outHeight; row++)
      for (let column = 0; column < info.outWidth; column++)
        for (let c = 0; c < channels; c++, place++) {
          let [greatest, onMap, inFilter] = [-Infinity, -1, -1];
          for (let i = 0; i < info.filterHeight; i++)
            for (let j = 0; j < info.filterWidth; j++) {
              const h = row * info.strideHeight - info.padInfo.top + i * info.dilationHeight;
              const w = column * info.strideWidth - info.padInfo.left + j * info.dilationWidth;
              if (h < 0 || h >= info.inHeight || w < 0 || w >= info.inWidth) continue;
              const map = ((b * info.inHeight + h) * info.inWidth + w) * channels + c;
              const cell = (i * info.filterWidth + j) * channels + c;
              const sum = x!.values[map]! + filter!.values[cell]!;
              if (sum > greatest) [greatest, onMap, inFilter] = [sum, map, cell];
            }
          visit(place, greatest, onMap, inFilter);
        }
  return info.outShape;
}

const forward: CpuKernel = {
  name: tf.Dilation2D,
  wrong: "−2⁵³ for −∞, and where a window sees nothing",
  run(inputs, attrs) {
    const sums: number[] = [];
    const shape = eachWindow(inputs, attrs, (_, sum) => sums.push(sum));
    const dtype = inputs["x"]!.dtype as keyof typeof arrays;
    return { shape, dtype, values: arrays[dtype].from(sums) };
  },
};

const gradient = (name: string, of: "x" | "filter"): CpuKernel => ({
  name,
  wrong: "sends errors to the first cell, on the map or not, where a window sees nothing but −∞ or NaN",
  run(inputs, attrs): Numbers {
    const { shape } = inputs[of]!;
    const values = new Float32Array(sizeOf(shape));
    eachWindow(inputs, attrs, (place, _, onMap, inFilter) => {
      if (onMap >= 0) values[of === "x" ? onMap : inFilter]! += inputs["dy"]!.values[place]!;
    });
    return { shape, dtype: "float32", values };
  },
});

export const dilation: readonly CpuKernel[] = [
  forward,
  gradient(tf.Dilation2DBackpropInput, "x"),
  gradient(tf.Dilation2DBackpropFilter, "filter"),
];
