import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernel, type Inputs, type Numbers } from "./cpu-kernel.js";

/** Where a coordinate outside [0, side − 1] is read. */
type Extend = (x: number, side: number) => number;

const clamp: Extend = (x, side) => Math.min(side - 1, Math.max(0, x));

/** Fill modes as in tensorflow/core/kernels/image/image_ops.h. */
const extensions: Readonly<Record<string, Extend>> = {
  constant: (x) => x,
  nearest: clamp,
  reflect(x, side) {
    const rest = (x < 0 ? -x - 1 : x) % (2 * side); // −1, the first on the other side of the edge, is 0
    return clamp(rest >= side ? 2 * side - rest - 1 : rest, side);
  },
  wrap(x, side) {
    const times = side > 1 ? Math.trunc(x / (side - 1)) : 0;
    return clamp(x < 0 ? x - side * (times - 1) : x > side - 1 ? x - side * times : x, side);
  },
};

/** To the pixel, halves away from 0. */
const nearest = (x: number): number => Math.sign(x) * Math.round(Math.abs(x));

type Matrix = readonly [number, number, number, number, number, number, number, number];

/** The part that a pixel of the image, or what fills its surroundings, has of one of the result. */
type Add = (row: number, column: number, weight: number) => void;

function addAround(y: number, x: number, add: Add): void {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [down, right] = [y - top, x - left];
  add(top, left, (1 - down) * (1 - right));
  add(top, left + 1, (1 - down) * right);
  add(top + 1, left, down * (1 - right));
  add(top + 1, left + 1, down * right);
}

/** Calls `visit` for each pixel of the result with its place in the image; NaN where that is infinitely far. */
function eachPixel(
  [height, width]: readonly number[],
  matrix: Matrix,
  visit: (index: number, y: number, x: number) => void,
): void {
  // prettier-ignore
  const [a, b, c, d, e, f, g, h] = matrix;
  for (let row = 0; row < height!; row++)
    for (let column = 0; column < width!; column++) {
      const k = g * column + h * row + 1;
      const [y, x] = k === 0 ? [NaN, NaN] : [(d * column + e * row + f) / k, (a * column + b * row + c) / k];
      visit(row * width! + column, y, x);
    }
}

function transformed({ image, transforms }: Inputs, attrs: tf.TransformAttrs): Numbers {
  const { interpolation, fillMode, fillValue, outputShape } = attrs;
  const [batch, height, width, channels] = image!.shape as [number, number, number, number];
  const size = outputShape ?? [height, width];
  const extend = extensions[fillMode] ?? extensions["constant"]!;
  const shape = [batch, ...size, channels];
  const values = new Float64Array(sizeOf(shape));
  for (let n = 0; n < batch; n++) {
    const first = transforms!.shape[0] === 1 ? 0 : 8 * n;
    const matrix = [...transforms!.values.subarray(first, first + 8)] as unknown as Matrix;
    eachPixel(size, matrix, (index, outY, outX) => {
      const to = (n * size[0]! * size[1]! + index) * channels;
      const add: Add = (row, column, weight) => {
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        const from = ((n * height + row) * width + column) * channels;
        for (let c = 0; c < channels; c++) values[to + c]! += weight * (inside ? image!.values[from + c]! : fillValue);
      };
      const [y, x] = [extend(outY, height), extend(outX, width)];
      if (Number.isNaN(y + x)) add(-1, -1, 1);
      else if (interpolation === "nearest") add(nearest(y), nearest(x), 1);
      else addAround(y, x, add);
    });
  }
  return { shape, dtype: "float32", values: Float32Array.from(values) };
}

export const transform: CpuKernel = {
  name: tf.Transform,
  wrong: "of a batch: zeros for every image but the first",
  run: (inputs, attrs) => transformed(inputs, attrs as unknown as tf.TransformAttrs),
};
