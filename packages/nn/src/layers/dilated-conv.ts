import * as tf from "@tensorflow/tfjs-core";
import type { Pair, PadWidths } from "./window.js";

/**
 * Dilated convolutions with stride 1: the weights of the kernel are `dilation` cells apart. tfjs computes them but has
 * no gradient for them. Engines may have kernels for both gradients, see `byKernels`; elsewhere they are convolutions
 * again:
 *
 *     dx = dy, padded so that dx is as large as x, * flipped kernel, same dilation
 *     dweight = x, padded, * dy as the kernel, with the dilation as the stride
 *
 * The padding is part of them: a map that was padded before is many times larger at large dilations, and its gradient
 * is as large.
 */

type Maps = tf.Tensor4D;

interface Geometry {
  readonly dilation: number;
  /** The zeros that are added around x. */
  readonly around: PadWidths;
}

/** The gradients of x and of the weight. */
type Gradients = (x: Maps, weight: Maps, dy: Maps, geometry: Geometry) => tf.Tensor[];

/**
 * A dilated 2D convolution.
 *
 * @param x - [batch, height, width, in]
 * @param weight - [kernel height, kernel width, in, out]
 * @param around - the zeros that are added around x
 */
export const dilatedConv2d = (x: Maps, weight: Maps, dilation: number, around: PadWidths): Maps =>
  withGradient(
    (x, weight) => tf.conv2d(x, weight, 1, around, "NHWC", dilation),
    (x, weight, dy) => (byKernels(tf.Conv2D) ?? convGradients)(x, weight, dy, { dilation, around }),
  )(x, weight);

/**
 * A dilated depthwise convolution.
 *
 * @param x - [batch, height, width, channels]
 * @param weight - [kernel height, kernel width, channels, multiplier]
 * @param around - the zeros that are added around x
 */
export const dilatedDepthwiseConv2d = (x: Maps, weight: Maps, dilation: number, around: PadWidths): Maps =>
  withGradient(
    (x, weight) => tf.depthwiseConv2d(x, weight, 1, around, "NHWC", dilation),
    (x, weight, dy) => (byKernels(tf.DepthwiseConv2dNative) ?? depthwiseGradients)(x, weight, dy, { dilation, around }),
  )(x, weight);

type Convolution = (x: Maps, weight: Maps) => Maps;

function withGradient(f: Convolution, gradients: (x: Maps, weight: Maps, dy: Maps) => tf.Tensor[]): Convolution {
  const op = tf.customGrad((...args) => {
    const [x, weight, save] = args as [Maps, Maps, tf.GradSaveFunc];
    save([x, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => gradients(saved[0] as Maps, saved[1] as Maps, dy as Maps);
    return { value: f(x, weight), gradFunc };
  });
  return op as Convolution;
}

/**
 * Gradients by kernels of the engine, undefined where it has none. They are tfjs's kernels under names that begin with
 * "Dilated": most engines have these kernels without it, which then do not know dilations.
 */
function byKernels(convolution: typeof tf.Conv2D | typeof tf.DepthwiseConv2dNative): Gradients | undefined {
  const [forInput, forFilter] = [`Dilated${convolution}BackpropInput`, `Dilated${convolution}BackpropFilter`];
  if (![forInput, forFilter].every((name) => tf.getKernel(name, tf.getBackend()))) return undefined;
  return (x, weight, dy, { dilation, around }) => {
    const window = { strides: 1, pad: around, dilations: dilation, dataFormat: "NHWC" };
    const run = (name: string, inputs: tf.NamedTensorMap, shape: object) =>
      tf.engine().runKernel<tf.Tensor>(name, inputs, { ...window, ...shape } as unknown as tf.NamedAttrMap);
    return [
      run(forInput, { dy, filter: weight }, { inputShape: x.shape }),
      run(forFilter, { x, dy }, { filterShape: weight.shape }),
    ];
  };
}

const convGradients: Gradients = (x, weight, dy, { dilation, around }) => {
  const flipped = tf.transpose(tf.reverse(weight, [0, 1]), [0, 1, 3, 2]); // [height, width, out, in]
  const [map, rest] = paddedIfSmall(x, around);
  const images = tf.transpose(map, [3, 1, 2, 0]); // [in, height, width, batch]
  const products = tf.conv2d(images, tf.transpose(dy, [1, 2, 0, 3]), dilation, rest); // [in, height, width, out]
  const [seen, missing] = seenBy(dy, weight, dilation, around);
  return [tf.conv2d(seen, flipped, 1, missing, "NHWC", dilation), tf.transpose(products, [1, 2, 0, 3])];
};

const depthwiseGradients: Gradients = (x, weight, dy, { dilation, around }) => {
  const [batch, outHeight, outWidth] = dy.shape;
  const [kernelHeight, kernelWidth, channels, multiplier] = weight.shape;
  const flipped = tf.reshape(tf.reverse(weight, [0, 1]), [kernelHeight, kernelWidth, channels * multiplier, 1]);
  const [seen, missing] = seenBy(dy, weight, dilation, around);
  const each = tf.depthwiseConv2d(seen, flipped as Maps, 1, missing, "NHWC", dilation);
  const dx = tf.sum(tf.reshape(each, [x.size / channels, channels, multiplier]), 2);
  // samples become channels, so that each meets only its own dy
  const [map, rest] = paddedIfSmall(x, around);
  const flat = tf.reshape(tf.transpose(map, [1, 2, 0, 3]), [1, map.shape[1], map.shape[2], batch * channels]);
  const kernel = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [outHeight, outWidth, batch * channels, multiplier]);
  const products = tf.depthwiseConv2d(flat as Maps, kernel as Maps, dilation, rest);
  const bySample = tf.reshape(products, [kernelHeight * kernelWidth, batch, channels * multiplier]);
  return [tf.reshape(dx, x.shape), tf.reshape(tf.sum(bySample, 1), weight.shape)];
};

const NONE: PadWidths = [[0, 0], [0, 0], [0, 0], [0, 0]]; // prettier-ignore

/**
 * A map and the zeros that are still to be added. With a kernel as large as dy, ONNX Runtime takes up to three times as
 * long over a map that it pads itself as over one that is padded, unless that is more than about three times as large.
 */
function paddedIfSmall(x: Maps, around: PadWidths): [x: Maps, around: PadWidths] {
  const [height, width] = [x.shape[1], x.shape[2]];
  const [rows, columns] = [height + around[1][0] + around[1][1], width + around[2][0] + around[2][1]];
  return rows * columns > 3 * height * width ? [x, around] : [tf.pad(x, around), NONE];
}

/**
 * What the convolution for dx sees: `dy`, and the zeros around it. They are as many as the dilated kernel reaches, less
 * those that were around x. Where there were more, the outermost cells of dy saw only zeros, and are cut off.
 */
function seenBy(dy: Maps, { shape: kernel }: Maps, dilation: number, around: PadWidths): [dy: Maps, around: PadWidths] {
  const missing = (axis: 1 | 2): Pair => {
    const reach = (kernel[axis - 1]! - 1) * dilation;
    return [reach - around[axis][0], reach - around[axis][1]];
  };
  const each: PadWidths = [[0, 0], missing(1), missing(2), [0, 0]];
  const positive = ([before, after]: Pair): Pair => [Math.max(0, before), Math.max(0, after)];
  const cut = each.map(([before, after]) => positive([-before, -after]));
  const first = cut.map(([before]) => before) as Maps["shape"];
  const size = dy.shape.map((cells, axis) => cells - cut[axis]![0] - cut[axis]![1]) as Maps["shape"];
  return [tf.slice(dy, first, size), each.map(positive) as PadWidths];
}
