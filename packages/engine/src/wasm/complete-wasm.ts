import * as tf from "@tensorflow/tfjs-core";
import { convGeometry, type ConvAttrs } from "./conv-geometry.js";
import {
  convFilterGradient,
  convInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from "./conv-gradients.js";
import { einsum } from "./einsum.js";
import { segmentSum } from "./segment-sum.js";

/** A kernel as a function of tensors: what a kernel is called with from an op always is one. */
type Kernel = (inputs: Record<string, tf.Tensor>, attrs: Record<string, unknown>) => tf.Tensor;

type FilterAttrs = ConvAttrs & { readonly filterShape: number[] };
type InputAttrs = ConvAttrs & { readonly inputShape: number[] };

const kernels: Record<string, Kernel> = {
  [tf.Conv2DBackpropFilter]: ({ x, dy }, attrs) => {
    const { filterShape, ...conv } = attrs as unknown as FilterAttrs;
    const geometry = convGeometry(tf.Conv2DBackpropFilter, x!.shape, filterShape, conv);
    return convFilterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, geometry);
  },
  [tf.Conv2DBackpropInput]: ({ dy, filter }, attrs) => {
    const { inputShape, ...conv } = attrs as unknown as InputAttrs;
    const geometry = convGeometry(tf.Conv2DBackpropInput, inputShape, filter!.shape, conv);
    return convInputGradient(dy as tf.Tensor4D, filter as tf.Tensor4D, geometry);
  },
  [tf.DepthwiseConv2dNativeBackpropFilter]: ({ x, dy }, attrs) => {
    const { filterShape, ...conv } = attrs as unknown as FilterAttrs;
    const geometry = convGeometry(tf.DepthwiseConv2dNativeBackpropFilter, x!.shape, filterShape, conv, true);
    return depthwiseFilterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, geometry);
  },
  [tf.DepthwiseConv2dNativeBackpropInput]: ({ dy, filter }, attrs) => {
    const { inputShape, ...conv } = attrs as unknown as InputAttrs;
    const geometry = convGeometry(tf.DepthwiseConv2dNativeBackpropInput, inputShape, filter!.shape, conv, true);
    return depthwiseInputGradient(dy as tf.Tensor4D, filter as tf.Tensor4D, geometry);
  },
  [tf.UnsortedSegmentSum]: ({ x, segmentIds }, { numSegments }) =>
    segmentSum(x!, segmentIds as tf.Tensor1D, numSegments as number),
  [tf.Einsum]: (inputs, { equation }) => einsum(equation as string, Object.values(inputs)),
};

/** Registers the kernels that stock `wasm` lacks or has only as slow loops. Calling it again changes nothing. */
export function completeWasm(): void {
  for (const [kernelName, run] of Object.entries(kernels)) {
    if (tf.getKernel(kernelName, "wasm")) tf.unregisterKernel(kernelName, "wasm");
    tf.registerKernel({
      kernelName,
      backendName: "wasm",
      kernelFunc: ({ inputs, attrs }) => run(inputs as Record<string, tf.Tensor>, attrs ?? {}),
    });
  }
}
