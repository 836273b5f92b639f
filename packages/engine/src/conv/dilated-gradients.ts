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
    return dilated(dy as tf.Tensor4D, saved as unknown as Operands, conv, depthwise);
  };
  ours.add(gradFunc);
  tf.registerGradient({ ...stock, gradFunc });
}

/** Backends whose kernels of these gradients take dilations, which tfjs never passes to them. */
const dilatable: ReadonlySet<string> = new Set(["cpu", "onnxruntime", "wasm"]);

type Operands = readonly [x: tf.Tensor4D, filter: tf.Tensor4D];

function dilated(dy: tf.Tensor4D, operands: Operands, attrs: ConvAttrs, depthwise: boolean) {
  const [x, filter] = operands;
  const geometry = convGeometry(x.shape, filter.shape, attrs, depthwise); // refuses what it does not know
  if (dilatable.has(tf.getBackend())) return byKernels(dy, operands, attrs, depthwise);
  const { convInputGradient, convFilterGradient, depthwiseInputGradient, depthwiseFilterGradient } = gradients;
  return {
    x: () => (depthwise ? depthwiseInputGradient : convInputGradient)(dy, filter, geometry),
    filter: () => (depthwise ? depthwiseFilterGradient : convFilterGradient)(x, dy, geometry),
  };
}

function byKernels(dy: tf.Tensor4D, [x, filter]: Operands, attrs: ConvAttrs, depthwise: boolean) {
  const run = (name: string, inputs: tf.NamedTensorMap, shape: object) =>
    tf.engine().runKernel(name, inputs, { ...attrs, ...shape } as unknown as tf.NamedAttrMap) as tf.Tensor4D;
  const byInput = depthwise ? tf.DepthwiseConv2dNativeBackpropInput : tf.Conv2DBackpropInput;
  const byFilter = depthwise ? tf.DepthwiseConv2dNativeBackpropFilter : tf.Conv2DBackpropFilter;
  return {
    x: () => run(byInput, { dy, filter }, { inputShape: x.shape }),
    filter: () => run(byFilter, { x, dy }, { filterShape: filter.shape }),
  };
}
