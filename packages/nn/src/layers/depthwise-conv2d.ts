import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { requireInit, variable } from "../init.js";
import type { Layer } from "../module.js";
import { subSeed } from "../random.js";
import { dilatedDepthwiseConv2d } from "./dilated-conv.js";
import { paddedConvolution, type ConvolutionConfig } from "./padded-convolution.js";
import { requireWindow, windowOf } from "./window.js";

/** The configuration of `depthwiseConv2d`. */
export interface DepthwiseConv2dConfig extends ConvolutionConfig {
  /** Channels of the input. */
  readonly channels: number;
  /** Output channels for each input channel. Default 1. */
  readonly multiplier?: number;
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
  const params = { weight, ...(bias && { bias: variable("zeros", [channels * multiplier]) }) };
  const kernels = { dense: tf.depthwiseConv2d, dilated: dilatedDepthwiseConv2d };
  return paddedConvolution("depthwiseConv2d", channels, params, config, kernels);
}
