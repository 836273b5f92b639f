import type * as tf from "@tensorflow/tfjs-core";
import type { ConvGeometry } from "../conv/conv-geometry.js";
import { heapOf, uninitialized } from "./backend.js";

/**
 * The pixels that each output pixel of a convolution sees, one output pixel a row, so that the convolution is a product
 * with the filter as a matrix.
 *
 * @param x - [batch, height, width, channels]
 * @returns [batch · outHeight · outWidth, kernelHeight · kernelWidth · channels]
 */
export function unfold(x: tf.Tensor4D, g: ConvGeometry): tf.Tensor2D {
  const [[height, width], [rows, columns], [kernelH, kernelW]] = [g.input, g.output, g.kernel];
  const channels = g.inChannels;
  const y = uninitialized([g.batch * rows * columns, kernelH * kernelW * channels], "float32") as tf.Tensor2D;
  const [from, to] = [heapOf(x), heapOf(y)];
  let place = 0;
  const seen = (image: number, row: number, column: number): void => {
    if (row < 0 || row >= height || column < 0 || column >= width) to.fill(0, place, place + channels);
    else {
      const at = ((image * height + row) * width + column) * channels;
      to.set(from.subarray(at, at + channels), place);
    }
    place += channels;
  };
  for (let image = 0; image < g.batch; image++)
    for (let p = 0; p < rows; p++)
      for (let q = 0; q < columns; q++) {
        const [top, left] = [p * g.stride[0] - g.padHeight[0], q * g.stride[1] - g.padWidth[0]];
        for (let i = 0; i < kernelH; i++)
          for (let j = 0; j < kernelW; j++) seen(image, top + i * g.dilation[0], left + j * g.dilation[1]);
      }
  return y;
}
