import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { requireInit, variable, type Init } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { subSeed } from "../random.js";
import { matchShapes } from "../shapes.js";
import { dilatedConv2d } from "./dilated-conv.js";
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

/** What `conv2d` is made from. */
export interface Conv2dConfig {
  readonly in: number;
  readonly out: number;
  readonly kernel: WindowSize;
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
 * Convolution: [batch, height, width, in] → [batch, height', width', out].
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
        const around = () => cellsAround(padding, [height, width], window, { dilation });
        const y =
          dilation > 1
            ? dilatedConv2d(tf.pad(x as tf.Tensor4D, around()), weight, dilation)
            : tf.conv2d(x as tf.Tensor4D, weight, stride, nativePadding(padding));
        return offset ? tf.add(y, offset) : y;
      }),
  };
}
