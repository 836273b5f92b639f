import * as tf from "@tensorflow/tfjs-core";
import { explicitPadding, type ConvGeometry } from "./conv-geometry.js";

/**
 * The filter's gradient of a convolution, itself a convolution with the roles turned: the channels of `x` are the
 * batch, the batch is summed over, `dy` is the filter, and stride and dilation change places.
 *
 *     dw[i, j, c, k] = sum_{n, p, q} x[n, s·p + d·i, s·q + d·j, c] · dy[n, p, q, k]
 *
 * @param x - [batch, height, width, channels]
 * @param dy - [batch, outHeight, outWidth, outChannels]
 * @returns [kernelHeight, kernelWidth, channels, outChannels]
 */
export function convFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, g: ConvGeometry): tf.Tensor4D {
  return tf.tidy(() => {
    const images = tf.transpose(x, [3, 1, 2, 0]); // [channels, height, width, batch]
    const filter = tf.transpose(dy, [1, 2, 0, 3]); // [outHeight, outWidth, batch, outChannels]
    const taps = tf.conv2d(images, filter, [...g.dilation], explicitPadding(g.padHeight, g.padWidth), "NHWC", [
      ...g.stride,
    ]);
    return tf.transpose(firstTaps(taps, g), [1, 2, 0, 3]);
  });
}

/**
 * The filter's gradient of a depthwise convolution: each image's channel is convolved with its own gradient, as above,
 * and the batch is summed afterwards.
 *
 * @param x - [batch, height, width, channels]
 * @param dy - [batch, outHeight, outWidth, channels · multiplier]
 * @returns [kernelHeight, kernelWidth, channels, multiplier]
 */
export function depthwiseFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, g: ConvGeometry): tf.Tensor4D {
  const planes = g.batch * g.inChannels;
  const multiplier = g.outChannels / g.inChannels;
  return tf.tidy(() => {
    const images = tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [1, ...g.input, planes]) as tf.Tensor4D;
    const filter = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [...g.output, planes, multiplier]) as tf.Tensor4D;
    const padding = explicitPadding(g.padHeight, g.padWidth);
    const taps = tf.depthwiseConv2d(images, filter, [...g.dilation], padding, "NHWC", [...g.stride]);
    const perImage = tf.reshape(firstTaps(taps, g), [...g.kernel, g.batch, g.inChannels, multiplier]);
    return tf.sum(perImage, 2);
  });
}

/**
 * The input's gradient of a convolution: a convolution of stride 1 of `dy`, with zeros set between its pixels where the
 * forward pass had a stride, with the filter turned by 180° and its channel axes exchanged.
 *
 * @param dy - [batch, outHeight, outWidth, outChannels]
 * @param filter - [kernelHeight, kernelWidth, channels, outChannels]
 * @returns [batch, height, width, channels]
 */
export function convInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, g: ConvGeometry): tf.Tensor4D {
  return tf.tidy(() => {
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    return tf.conv2d(spread(dy, g), turned, 1, "valid", "NHWC", [...g.dilation]);
  });
}

/**
 * The input's gradient of a depthwise convolution: as above, one channel of `dy` at a time, then the sum over the
 * channels that came from the same input channel.
 *
 * @param dy - [batch, outHeight, outWidth, channels · multiplier]
 * @param filter - [kernelHeight, kernelWidth, channels, multiplier]
 * @returns [batch, height, width, channels]
 */
export function depthwiseInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, g: ConvGeometry): tf.Tensor4D {
  const multiplier = g.outChannels / g.inChannels;
  return tf.tidy(() => {
    const turned = tf.reshape(tf.reverse(filter, [0, 1]), [...g.kernel, g.outChannels, 1]) as tf.Tensor4D;
    const each = tf.depthwiseConv2d(spread(dy, g), turned, 1, "valid", "NHWC", [...g.dilation]);
    if (multiplier === 1) return each;
    return tf.sum(tf.reshape(each, [g.batch, ...g.input, g.inChannels, multiplier]), 4);
  });
}

/** A stride can leave input rows that no output saw; the turned convolution then finds taps past the kernel's end. */
function firstTaps(taps: tf.Tensor4D, { kernel: [height, width] }: ConvGeometry): tf.Tensor4D {
  const [rows, h, w, columns] = taps.shape;
  return h === height && w === width ? taps : tf.slice(taps, 0, [rows, height, width, columns]);
}

/** `dy` with stride − 1 zeros after each pixel, padded or cut so that a valid convolution gives the input's size. */
function spread(dy: tf.Tensor4D, g: ConvGeometry): tf.Tensor4D {
  const [height, width] = g.output;
  const [strideH, strideW] = g.stride;
  const channels = dy.shape[3];
  let x: tf.Tensor4D = dy;
  if (strideH > 1 || strideW > 1) {
    const zeros = [[0, 0], [0, 0], [0, strideH - 1], [0, 0], [0, strideW - 1], [0, 0]] as [number, number][]; // prettier-ignore
    const apart = tf.pad(tf.reshape(dy, [-1, height, 1, width, 1, channels]), zeros);
    x = tf.reshape(apart, [-1, height * strideH, width * strideW, channels]);
  }
  return fit(x, [around(g, 0), around(g, 1)]);
}

/** Zeros (negative: rows to cut) before and after `dy`'s rows (axis 0) or columns (axis 1). */
function around(g: ConvGeometry, axis: 0 | 1): [number, number] {
  const reach = (g.kernel[axis] - 1) * g.dilation[axis];
  const before = reach - (axis === 0 ? g.padHeight : g.padWidth)[0];
  const spreadSize = g.output[axis] * g.stride[axis];
  return [before, g.input[axis] + reach - before - spreadSize];
}

function fit(x: tf.Tensor4D, [rows, columns]: [[number, number], [number, number]]): tf.Tensor4D {
  const [, height, width] = x.shape;
  const cut = ([before, after]: [number, number], size: number): [number, number] => {
    const begin = Math.max(0, -before);
    return [begin, size - begin - Math.max(0, -after)];
  };
  const [[top, h], [left, w]] = [cut(rows, height), cut(columns, width)];
  const inner = h === height && w === width ? x : tf.slice(x, [0, top, left, 0], [-1, h, w, -1]);
  const grow = ([before, after]: [number, number]): [number, number] => [Math.max(0, before), Math.max(0, after)];
  return tf.pad(inner, [[0, 0], grow(rows), grow(columns), [0, 0]]);
}
