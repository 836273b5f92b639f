import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { requireInit, variable, type Init } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { subSeed } from "../random.js";
import { matchShapes } from "../shapes.js";
import { dilatedDepthwiseConv2d } from "./dilated-conv.js";
import { requireFloats } from "./input-checks.js";
import {
  cellsAround,
  nativePadding,
  requireFit,
  requireWindow,
  windowOf,
  type Padding,
  type WindowSize,
} from "./window.js";

/** What `depthwiseConv2d` is made from. */
export interface DepthwiseConv2dConfig {
  readonly channels: number;
  readonly kernel: WindowSize;
  /** Outputs of each channel. Default 1. */
  readonly multiplier?: number;
  /** Default 1. */
  readonly stride?: number;
  /** Cells from one tap of the kernel to the next. Default 1. */
  readonly dilation?: number;
  /** Default "same". */
  readonly padding?: Padding;
  /** Default true. */
  readonly bias?: boolean;
  /** How `weight` starts; `bias` starts at 0. Default "heNormal". */
  readonly init?: Init;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Each channel convolved on its own: [batch, height, width, channels] → [batch, height', width', channels ·
 * multiplier], output c · multiplier + m from channel c. Params `weight` [kernel height, kernel width, channels,
 * multiplier], `bias`.
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
        const around = () => cellsAround(padding, [height, width], window, { dilation });
        const y =
          dilation > 1
            ? dilatedDepthwiseConv2d(tf.pad(x as tf.Tensor4D, around()), weight, dilation)
            : tf.depthwiseConv2d(x as tf.Tensor4D, weight, stride, nativePadding(padding));
        return offset ? tf.add(y, offset) : y;
      }),
  };
}
