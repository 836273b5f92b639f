import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { requireInit, variable, type Init } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { subSeed } from "../random.js";
import { matchShapes } from "../shapes.js";
import { dilatedConv2d } from "./dilated-conv.js";
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

/** The configuration of `conv2d`. */
export interface Conv2dConfig {
  /** Channels of the input. */
  readonly in: number;
  /** Channels of the output. */
  readonly out: number;
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

/**
 * A 2D convolution: [batch, height, width, in] → [batch, height', width', out].
 * Params `weight` [kernel height, kernel width, in, out], `bias` [out].
 *
 * @throws RangeError for sizes below 1, or stride and dilation both above 1 (tfjs has no such kernel)
 */
export function conv2d(config: Conv2dConfig): Layer {
  const { in: inputs, out, kernel, stride = 1, dilation = 1, padding = "same" } = config;
  const { bias = true, init = "heNormal", seed = 0 } = config;
  requireCounts("conv2d", { in: inputs, out });
  requireWindow("conv2d", kernel, padding, { stride, dilation });
  requireInit("conv2d", init);
  const window = windowOf(kernel);
  const weight = variable<tf.Rank.R4>(init, [...window, inputs, out], subSeed(seed, "weight"));
  const offset = bias ? variable("zeros", [out]) : undefined;
  return {
    ...moduleOf({ weight, ...(offset && { bias: offset }) }),
    forward: (x) =>
      tf.tidy(() => {
        const { height, width } = matchShapes("conv2d", { x: `batch height width ${inputs}` }, { x });
        requireFloats("conv2d", x);
        requireFit("conv2d", x.shape, window, { padding, dilation });
        const around = () => explicitPadding(padding, [height, width], window, { dilation });
        const y =
          dilation > 1
            ? dilatedConv2d(tf.pad(x as tf.Tensor4D, around()), weight, dilation)
            : tf.conv2d(x as tf.Tensor4D, weight, stride, nativePadding(padding));
        return offset ? tf.add(y, offset) : y;
      }),
  };
}
