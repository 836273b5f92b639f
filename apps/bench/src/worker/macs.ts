import * as tf from "@tensorflow/tfjs-core";
import { interceptKernels } from "./intercept-kernels.js";

type Inputs = Readonly<Record<string, tf.TensorInfo | undefined>>;
type Attrs = Readonly<Record<string, unknown>>;

const product = (sides: readonly number[]): number => sides.reduce((a, b) => a * b, 1);

interface Call {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
  readonly output: tf.TensorInfo;
}

/** Each number of the output map, or of its gradient, takes height · width · (channels in) products of the filter. */
const convolution = (map: tf.TensorInfo, filter: tf.TensorInfo): number =>
  product(map.shape) * product(filter.shape.slice(0, 3));
/** Each number of the output takes height · width products of a filter [height, width, channels, multiplier]. */
const depthwise = ({ inputs, output }: Call): number =>
  product(output.shape) * product(inputs["filter"]!.shape.slice(0, 2));
/** Each number of the output takes as many products as the axis is long that is summed over. */
const matmul = ({ inputs, attrs, output }: Call): number =>
  product(output.shape) * inputs["a"]!.shape.at(attrs["transposeA"] ? -2 : -1)!;
const forInput = ({ inputs }: Call): number => convolution(inputs["dy"]!, inputs["filter"]!);
const forFilter = ({ inputs, output }: Call): number => convolution(inputs["dy"]!, output);
const conv2d = ({ inputs, output }: Call): number => convolution(output, inputs["filter"]!);

/** Multiply–accumulates of a call, of every kernel that multiplies matrices. */
const macsOf: Readonly<Record<string, (call: Call) => number>> = {
  [tf.Conv2D]: conv2d,
  [tf.FusedConv2D]: conv2d,
  [tf.Conv2DBackpropInput]: forInput,
  [tf.Conv2DBackpropFilter]: forFilter,
  [`Dilated${tf.Conv2DBackpropInput}`]: forInput,
  [`Dilated${tf.Conv2DBackpropFilter}`]: forFilter,
  [tf.DepthwiseConv2dNative]: depthwise,
  [tf.FusedDepthwiseConv2D]: depthwise,
  [tf.BatchMatMul]: matmul,
  [tf._FusedMatMul]: matmul,
};

/**
 * Runs something and counts the multiply–accumulates of its convolutions and matrix products, from the shapes its
 * kernels meet. A kernel made of other kernels counts once. Elementwise work does not count, as in every published
 * table.
 */
export function countMacs<T>(run: () => T): { readonly result: T; readonly macs: number } {
  let macs = 0;
  const kernels = Object.keys(macsOf)
    .map((name) => tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined)
    .filter((kernel) => kernel !== undefined);
  const restore = interceptKernels(kernels, (name, { inputs, attrs = {} }, run) => {
    const result = run();
    macs += macsOf[name]!({ inputs, attrs, output: Array.isArray(result) ? result[0]! : result });
    return result;
  });
  try {
    const result = run();
    return { result, macs };
  } finally {
    restore();
  }
}
