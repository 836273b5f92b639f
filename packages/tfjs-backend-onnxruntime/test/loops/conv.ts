import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Loop } from "./elementwise.js";
import { flatIndex, placesOf, sizeOf, type Numbers } from "./numbers.js";
import { cellsAt, windowOf } from "./window.js";

type Shape = readonly number[];

/**
 * A convolution's output shape, and each product that it sums: number `x` of the map times number `w` of the filter in
 * number `y`.
 */
interface Convolution {
  readonly shape: Shape;
  products(each: (x: number, w: number, y: number) => void): void;
}

type Convolve = (x: Shape, filter: Shape, attrs: Attrs) => Convolution;

/** y[b, …p, o] = Σ_jc x[b, …(p · stride + j · dilation − before), c] · filter[…j, c, o], in two dimensions or three. */
const dense: Convolve = (x, filter, attrs) => {
  const [channels, outs] = filter.slice(-2) as [number, number];
  return convolution(x, filter, attrs, outs, (each) => {
    for (let c = 0; c < channels; c++) for (let o = 0; o < outs; o++) each(c, o, o);
  });
};

/** y[b, …p, c · multiplier + m] = Σ_j x[b, …(p · stride + j · dilation − before), c] · filter[…j, c, m]. */
const depthwise: Convolve = (x, filter, attrs) => {
  const [channels, multiplier] = filter.slice(-2) as [number, number];
  return convolution(x, filter, attrs, channels * multiplier, (each) => {
    for (let c = 0; c < channels; c++) for (let m = 0; m < multiplier; m++) each(c, m, c * multiplier + m);
  });
};

/**
 * @param pairs - the channels c of the map and m of the filter's last axis that meet, and the channel o that they count
 *   to
 */
function convolution(
  x: Shape,
  filter: Shape,
  attrs: Attrs,
  outs: number,
  pairs: (each: (c: number, m: number, o: number) => void) => void,
): Convolution {
  const [batch, ...sides] = x.slice(0, -1) as [number, ...number[]];
  const window = windowOf(sides, filter.slice(0, -2), attrs["strides"], attrs);
  const shape = [batch, ...window.output, outs];
  const last = filter.at(-1)!;
  return {
    shape,
    products(each) {
      for (const [b, ...place] of placesOf(shape.slice(0, -1)))
        for (const { cell, on } of cellsAt(window, sides, place)) {
          const atX = flatIndex(x, [b!, ...on, 0]);
          const atY = flatIndex(shape, [b!, ...place, 0]);
          const atW = flatIndex(filter, [...cell, 0, 0]);
          pairs((c, m, o) => each(atX + c, atW + c * last + m, atY + o));
        }
    },
  };
}

const summed = (shape: Shape, add: (sums: Float64Array) => void): Numbers => {
  const sums = new Float64Array(sizeOf(shape));
  add(sums);
  return { shape, dtype: "float32", values: Array.from(sums, Math.fround) };
};

const forward = (convolve: Convolve, x: Numbers, filter: Numbers, attrs: Attrs): Numbers => {
  const { shape, products } = convolve(x.shape, filter.shape, attrs);
  return summed(shape, (y) => products((i, j, k) => (y[k]! += x.values[i]! * filter.values[j]!)));
};

/** Every product is linear in both factors, so each gradient is the same sum with the factor left out. */
const byInput =
  (convolve: Convolve): Loop =>
  ({ dy, filter }, attrs) => {
    const shape = attrs["inputShape"] as number[];
    const { products } = convolve(shape, filter!.shape, attrs);
    return summed(shape, (dx) => products((i, j, k) => (dx[i]! += filter!.values[j]! * dy!.values[k]!)));
  };

const byFilter =
  (convolve: Convolve): Loop =>
  ({ x, dy }, attrs) => {
    const shape = attrs["filterShape"] as number[];
    const { products } = convolve(x!.shape, shape, attrs);
    return summed(shape, (dw) => products((i, j, k) => (dw[j]! += x!.values[i]! * dy!.values[k]!)));
  };

export const conv2d = (x: Numbers, filter: Numbers, attrs: Attrs): Numbers => forward(dense, x, filter, attrs);
export const depthwiseConv2d = (x: Numbers, filter: Numbers, attrs: Attrs): Numbers =>
  forward(depthwise, x, filter, attrs);

export const convLoops: Readonly<Record<string, Loop>> = {
  [tf.Conv2D]: ({ x, filter }, attrs) => conv2d(x!, filter!, attrs),
  [tf.Conv2DBackpropInput]: byInput(dense),
  [tf.Conv2DBackpropFilter]: byFilter(dense),
  [tf.Conv3D]: ({ x, filter }, attrs) => conv2d(x!, filter!, attrs),
  [tf.Conv3DBackpropInputV2]: byInput(dense),
  [tf.Conv3DBackpropFilterV2]: byFilter(dense),
  [tf.DepthwiseConv2dNative]: ({ x, filter }, attrs) => depthwiseConv2d(x!, filter!, attrs),
  [tf.DepthwiseConv2dNativeBackpropInput]: byInput(depthwise),
  [tf.DepthwiseConv2dNativeBackpropFilter]: byFilter(depthwise),
};
