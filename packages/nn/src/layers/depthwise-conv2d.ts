import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { requireInit, variable, type Init } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { subSeed } from "../random.js";
import { matchShapes } from "../shapes.js";
import { dilatedDepthwiseConv2d } from "./dilated-conv.js";
import { requireFloats } from "./require-input.js";
import {
  explicitPadding,
  nativePadding,
  requireFit,
  requireWindow,
  windowOf,
  type Padding,
  type WindowSize,
} from "./window.js";

/** The configuration of `depthwiseConv2d`. */
export interface DepthwiseConv2dConfig {
  /** Channels of the input. */
  readonly channels: number;
  /** Size of the kernel, in cells. */
  readonly kernel: WindowSize;
  /** Output channels for each input channel. Default 1. */
  readonly multiplier?: number;
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

/**
 * A depthwise convolution, which convolves each channel on its own: [batch, height, width, channels] → [batch, height',
 * width', channels · multiplier]. Output c · multiplier + m is from channel c. Params `weight` [kernel height, kernel
 * width, channels, multiplier], `bias`.
 *
 * @throws RangeError for sizes below 1, or stride and dilation both above 1 (tfjs has no such kernel)
 */
export function depthwiseConv2d(config: DepthwiseConv2dConfig): Layer {
  const { channels, kernel, multiplier = 1, stride = 1, dilation = 1, padding = "same" } = config;
  const { bias = true, init = "heNormal", seed = 0 } = config;
  requireCounts("depthwiseConv2d", { channels, multiplier });
  requireWindow("depthwiseConv2d", kernel, padding, { stride, dilation });
  requireInit("depthwiseConv2d", init);
  const window = windowOf(kernel);
  const fans = { fanIn: window[0] * window[1], fanOut: window[0] * window[1] * multiplier }; // channels do not mix
  const weight = variable<tf.Rank.R4>(init, [...window, channels, multiplier], subSeed(seed, "weight"), fans);
  const offset = bias ? variable("zeros", [channels * multiplier]) : undefined;
  return {
    ...moduleOf({ weight, ...(offset && { bias: offset }) }),
    forward: (x) =>
      tf.tidy(() => {
        const { height, width } = matchShapes("depthwiseConv2d", { x: `batch height width ${channels}` }, { x });
        requireFloats("depthwiseConv2d", x);
        requireFit("depthwiseConv2d", x.shape, window, { padding, dilation });
        const around = () => explicitPadding(padding, [height, width], window, { dilation });
        const y =
          dilation > 1
            ? dilatedDepthwiseConv2d(tf.pad(x as tf.Tensor4D, around()), weight, dilation)
            : tf.depthwiseConv2d(x as tf.Tensor4D, weight, stride, nativePadding(padding));
        return offset ? tf.add(y, offset) : y;
      }),
  };
}
