import * as tf from "@tensorflow/tfjs-core";
import { convGeometry, type ConvAttrs } from "./conv-geometry.js";
import * as gradients from "./conv-gradients.js";

type GradFunc = tf.GradConfig["gradFunc"];

const ours = new WeakSet<GradFunc>();

/**
 * Lets convolutions with a dilation above 1 learn, on every engine: tfjs's own gradients refuse them. Without dilation
 * its own are used. Call it after the gradients are registered; a second call changes nothing.
 */
export function registerDilatedGradients(): void {
  register(tf.Conv2D, false);
  register(tf.DepthwiseConv2dNative, true);
}

function register(kernelName: string, depthwise: boolean): void {
  const stock = tf.getGradient(kernelName);
  if (!stock || ours.has(stock.gradFunc)) return;
  const gradFunc: GradFunc = (dy, saved, attrs) => {
    const conv = attrs as unknown as ConvAttrs;
    if (tf.backend_util.tupleValuesAreOne(conv.dilations ?? 1)) return stock.gradFunc(dy, saved, attrs);
    return dilated(dy as tf.Tensor4D, saved as [tf.Tensor4D, tf.Tensor4D], conv, depthwise);
  };
  ours.add(gradFunc);
  tf.registerGradient({ ...stock, gradFunc });
}

function dilated(dy: tf.Tensor4D, [x, filter]: [tf.Tensor4D, tf.Tensor4D], attrs: ConvAttrs, depthwise: boolean) {
  const geometry = convGeometry(x.shape, filter.shape, attrs, depthwise);
  const { convInputGradient, convFilterGradient, depthwiseInputGradient, depthwiseFilterGradient } = gradients;
  return {
    x: () => (depthwise ? depthwiseInputGradient : convInputGradient)(dy, filter, geometry),
    filter: () => (depthwise ? depthwiseFilterGradient : convFilterGradient)(x, dy, geometry),
  };
}
