import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { requireInit, variable } from "../init.js";
import type { Layer } from "../module.js";
import { subSeed } from "../random.js";
import { dilatedConv2d } from "./dilated-conv.js";
import { paddedConvolution, type ConvolutionConfig } from "./padded-convolution.js";
import { requireWindow, windowOf } from "./window.js";

/** The configuration of `conv2d`. */
export interface Conv2dConfig extends ConvolutionConfig {
  /** Channels of the input. */
  readonly in: number;
  /** Channels of the output. */
  readonly out: number;
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
  const weight = variable<tf.Rank.R4>(init, [...windowOf(kernel), inputs, out], subSeed(seed, "weight"));
  const params = { weight, ...(bias && { bias: variable("zeros", [out]) }) };
  return paddedConvolution("conv2d", inputs, params, config, { dense: tf.conv2d, dilated: dilatedConv2d });
}
