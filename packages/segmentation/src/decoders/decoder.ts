import { activation, batchNorm, conv2d, type Context, type Layer, type Module } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/**
 * A network from the map of an encoder to the features of each cell, from which a linear classifier tells the class.
 */
export interface Decoder extends Module {
  /** Channels of the map that it reads. */
  readonly in: number;
  /** Channels of the features. */
  readonly dim: number;
  /**
   * @param map - [batch, rows, columns, in]
   * @returns features, [batch, rows, columns, dim]
   */
  forward(map: tf.Tensor, ctx: Context): tf.Tensor;
}

/** The parts of y = relu(batchNorm(conv(x))), in the order in which they run. The size of the map stays. */
export function convNormRelu(
  input: number,
  out: number,
  kernel: 1 | 3,
  seed: number,
  dilation = 1,
): [Layer, Layer, Layer] {
  const padding = kernel === 3 ? dilation : 0;
  const conv = conv2d({ in: input, out, kernel, dilation, padding, bias: false, seed });
  return [conv, batchNorm({ channels: out }), activation("relu")];
}

/** Layers by their place, as the names of weights in a `Sequential` of PyTorch. */
export const numbered = (...layers: readonly Layer[]): Readonly<Record<string, Layer>> =>
  Object.fromEntries(layers.map((layer, i) => [i, layer]));
