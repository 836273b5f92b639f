import * as tf from "@tensorflow/tfjs-core";

/**
 * Dilated convolutions with stride 1 and no padding: the weights of the kernel are `dilation` cells apart. tfjs
 * computes them but has no gradient for them. Both gradients are convolutions again:
 *
 *     dx = dy, padded on all sides, * flipped kernel, same dilation
 *     dweight = x * dy as the kernel, with the dilation as the stride
 */

type Maps = tf.Tensor4D;

/**
 * A dilated 2D convolution.
 *
 * @param x - [batch, height, width, in]
 * @param weight - [kernel height, kernel width, in, out]
 */
export const dilatedConv2d = (x: Maps, weight: Maps, dilation: number): Maps =>
  withGradient(
    (x, weight) => tf.conv2d(x, weight, 1, "valid", "NHWC", dilation),
    (x, weight, dy) => {
      const flipped = tf.transpose(tf.reverse(weight, [0, 1]), [0, 1, 3, 2]); // [height, width, out, in]
      const images = tf.transpose(x, [3, 1, 2, 0]); // [in, height, width, batch]
      const products = tf.conv2d(images, tf.transpose(dy, [1, 2, 0, 3]), dilation, "valid"); // [in, height, width, out]
      return [
        tf.conv2d(padAround(dy, weight, dilation), flipped, 1, "valid", "NHWC", dilation),
        tf.transpose(products, [1, 2, 0, 3]),
      ];
    },
  )(x, weight);

/**
 * A dilated depthwise convolution.
 *
 * @param x - [batch, height, width, channels]
 * @param weight - [kernel height, kernel width, channels, multiplier]
 */
export const dilatedDepthwiseConv2d = (x: Maps, weight: Maps, dilation: number): Maps =>
  withGradient(
    (x, weight) => tf.depthwiseConv2d(x, weight, 1, "valid", "NHWC", dilation),
    (x, weight, dy) => {
      const [batch, outHeight, outWidth] = dy.shape;
      const [kernelHeight, kernelWidth, channels, multiplier] = weight.shape;
      const flipped = tf.reshape(tf.reverse(weight, [0, 1]), [kernelHeight, kernelWidth, channels * multiplier, 1]);
      const each = tf.depthwiseConv2d(padAround(dy, weight, dilation), flipped as Maps, 1, "valid", "NHWC", dilation);
      const dx = tf.sum(tf.reshape(each, [x.size / channels, channels, multiplier]), 2);
      // samples become channels, so that each meets only its own dy
      const flat = tf.reshape(tf.transpose(x, [1, 2, 0, 3]), [1, x.shape[1], x.shape[2], batch * channels]);
      const kernel = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [outHeight, outWidth, batch * channels, multiplier]);
      const products = tf.depthwiseConv2d(flat as Maps, kernel as Maps, dilation, "valid");
      const bySample = tf.reshape(products, [kernelHeight * kernelWidth, batch, channels * multiplier]);
      return [tf.reshape(dx, x.shape), tf.reshape(tf.sum(bySample, 1), weight.shape)];
    },
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

/** Pads `dy` on all sides with as many zeros as the dilated kernel reaches. */
function padAround(dy: Maps, { shape: [height, width] }: Maps, dilation: number): Maps {
  const [rows, columns] = [(height - 1) * dilation, (width - 1) * dilation];
  return tf.pad(dy, [
    [0, 0],
    [rows, rows],
    [columns, columns],
    [0, 0],
  ]);
}
