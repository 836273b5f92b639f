import * as tf from "@tensorflow/tfjs-core";
import type { Kernel } from "../kernels/put-kernel.js";
import { padded, paddedShape, spelledOut, unpadded } from "./padding.js";

/** The convolution itself knows padding that is spelled out, but not as one number. */
const forward = (name: string): Kernel => ({
  name,
  run: (inputs, attrs, stock) =>
    stock(inputs, typeof attrs["pad"] === "number" ? { ...attrs, pad: spelledOut(attrs) } : attrs),
});

const filterGradient = (name: string): Kernel => ({
  name,
  run: ({ x, dy }, attrs, stock) => {
    const pads = spelledOut(attrs);
    if (!pads) return stock({ x: x!, dy: dy! }, attrs);
    return tf.tidy(() => stock({ x: padded(x!, pads), dy: dy! }, { ...attrs, pad: "valid" }));
  },
});

const inputGradient = (name: string): Kernel => ({
  name,
  run: (inputs, attrs, stock) => {
    const pads = spelledOut(attrs);
    if (!pads) return stock(inputs, attrs);
    const shape = attrs["inputShape"] as number[];
    return tf.tidy(() => {
      const dx = stock(inputs, { ...attrs, pad: "valid", inputShape: paddedShape(shape, pads) });
      return unpadded(dx, pads, shape);
    });
  },
});

export const convKernels: readonly Kernel[] = [
  forward(tf.Conv2D),
  forward(tf.FusedConv2D),
  forward(tf.DepthwiseConv2dNative),
  forward(tf.FusedDepthwiseConv2D),
  filterGradient(tf.Conv2DBackpropFilter),
  filterGradient(tf.DepthwiseConv2dNativeBackpropFilter),
  inputGradient(tf.Conv2DBackpropInput),
  inputGradient(tf.DepthwiseConv2dNativeBackpropInput),
];
