import * as tf from "@tensorflow/tfjs-core";
import type { Init } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { requireFloats } from "./require-input.js";
import {
  explicitPadding,
  nativePadding,
  requireFit,
  windowOf,
  type PadWidths,
  type Padding,
  type WindowSize,
} from "./window.js";

/** The configuration that all convolutions have in common. */
export interface ConvolutionConfig {
  /** Size of the kernel, in cells. */
  readonly kernel: WindowSize;
  /** Cells from one window to the next. Default 1. */
  readonly stride?: number;
  /** Cells between neighbouring weights of the kernel. Default 1, a dense kernel. */
  readonly dilation?: number;
  /** The zeros that are added around the map. Default "same". */
  readonly padding?: Padding;
  /** Whether a learned bias is added. Default true. */
  readonly bias?: boolean;
  /** The initial values of `weight`; `bias` starts at 0. Default "heNormal". */
  readonly init?: Init;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/** The kernels of one kind of convolution. */
interface Kernels {
  readonly dense: typeof tf.conv2d;
  /** With stride 1, and zeros `around` the map. */
  readonly dilated: (x: tf.Tensor4D, weight: tf.Tensor4D, dilation: number, around: PadWidths) => tf.Tensor4D;
}

/**
 * The layer of a convolution: y = weight * x + bias, where x is padded.
 *
 * @param params - `weight`, and `bias` if there is one
 */
export function paddedConvolution(
  who: string,
  channels: number,
  params: { readonly weight: tf.Variable<tf.Rank.R4>; readonly bias?: tf.Variable },
  { kernel, stride = 1, dilation = 1, padding = "same" }: ConvolutionConfig,
  { dense, dilated }: Kernels,
): Layer {
  const { weight, bias } = params;
  const window = windowOf(kernel);
  return {
    ...moduleOf(params),
    forward: (x) =>
      tf.tidy(() => {
        const { height, width } = matchShapes(who, { x: `batch height width ${channels}` }, { x });
        requireFloats(who, x);
        requireFit(who, x.shape, window, { padding, dilation });
        const maps = x as tf.Tensor4D;
        const around = () => explicitPadding(padding, [height, width], window, { dilation });
        const y =
          dilation > 1
            ? dilated(maps, weight, dilation, around())
            : dense(maps, weight, stride, nativePadding(padding));
        return bias ? tf.add(y, bias) : y;
      }),
  };
}
