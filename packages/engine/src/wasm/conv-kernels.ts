import * as tf from "@tensorflow/tfjs-core";
import { convGeometry, explicitPadding, type ConvAttrs, type ConvGeometry } from "../conv/conv-geometry.js";
import * as gradients from "../conv/conv-gradients.js";
import { clampedAfter } from "./fused-mat-mul.js";
import { unfold } from "./unfold.js";
import type { Attrs } from "../kernels/put-kernel.js";
import type { WasmKernel } from "./wasm-kernel.js";

type Gradient = (first: tf.Tensor4D, second: tf.Tensor4D, geometry: ConvGeometry) => tf.Tensor4D;

/**
 * The convolution itself, with the padding spelled out. Stock `wasm` hands "same" to XNNPACK, whose own arithmetic
 * wraps below zero where a stride steps over input that no output needs (a 5×1 kernel at stride 2, say): a wrong
 * answer, without an error. Padding given as one number makes it write past its output when kernel or stride is not
 * square.
 */
const forward = (name: string, depthwise: boolean): WasmKernel => ({
  name,
  stock: "wrong",
  run: (inputs, attrs, stock) => {
    const geometry = convGeometry(inputs["x"]!.shape, inputs["filter"]!.shape, conv(attrs), depthwise);
    return clampedAfter(inputs, { ...attrs, pad: explicitPadding(geometry.padHeight, geometry.padWidth) }, stock);
  },
});

const forwardKernel = forward(tf.Conv2D, false);

/**
 * Stock `wasm` turns a new filter round before XNNPACK packs it, one cache miss a weight. Where the map has
 * a quarter as many pixels as channels, as deep in a network that learns, they are laid out instead, and the filter is
 * used as it is: 2 to 3 times faster at 512 channels.
 */
const convolution: WasmKernel = {
  ...forwardKernel,
  run: (inputs, attrs, stock) => {
    const [x, filter] = [inputs["x"] as tf.Tensor4D, inputs["filter"] as tf.Tensor4D];
    const g = convGeometry(x.shape, filter.shape, conv(attrs), false);
    const pixels = g.batch * g.output[0] * g.output[1];
    if (4 * pixels > g.outChannels || x.size * filter.size === 0) return forwardKernel.run(inputs, attrs, stock);
    return tf.tidy(() => {
      const product = tf.matMul(unfold(x, g), tf.reshape(filter, [-1, g.outChannels]) as tf.Tensor2D);
      return tf.reshape(product, [g.batch, ...g.output, g.outChannels]);
    });
  },
};

const filterGradient = (name: string, depthwise: boolean, gradient: Gradient): WasmKernel => ({
  name,
  stock: "missing",
  run: ({ x, dy }, attrs) =>
    gradient(
      x as tf.Tensor4D,
      dy as tf.Tensor4D,
      convGeometry(x!.shape, attrs["filterShape"] as number[], conv(attrs), depthwise),
    ),
});

const inputGradient = (name: string, depthwise: boolean, gradient: Gradient): WasmKernel => ({
  name,
  stock: depthwise ? "missing" : "slow",
  run: ({ dy, filter }, attrs) =>
    gradient(
      dy as tf.Tensor4D,
      filter as tf.Tensor4D,
      convGeometry(attrs["inputShape"] as number[], filter!.shape, conv(attrs), depthwise),
    ),
});

const conv = (attrs: Attrs) => attrs as unknown as ConvAttrs;

export const convKernels: readonly WasmKernel[] = [
  convolution,
  forward(tf.FusedConv2D, false),
  forward(tf.DepthwiseConv2dNative, true),
  forward(tf.FusedDepthwiseConv2D, true),
  filterGradient(tf.Conv2DBackpropFilter, false, gradients.convFilterGradient),
  inputGradient(tf.Conv2DBackpropInput, false, gradients.convInputGradient),
  filterGradient(tf.DepthwiseConv2dNativeBackpropFilter, true, gradients.depthwiseFilterGradient),
  inputGradient(tf.DepthwiseConv2dNativeBackpropInput, true, gradients.depthwiseInputGradient),
];
