import { decodeEinsum, sizeOf } from "@fovea/onnx-graph/kernels";
import type { Inputs, Value } from "@fovea/onnx-graph";
import * as tf from "@tensorflow/tfjs-core";
import { same, traits, type TraitsTable } from "./traits.js";

/**
 * Costs of kernels that multiply and add, in the unit of `work`: natively some hundred times as quick as in JavaScript.
 * So all threads are used from about half a millisecond on: waking one takes a tenth.
 */
const products = { cost: 1 / 256, smallest: 4096 / 256 } as const;

/** The products that one channel of a filter [height, width, in, out] takes. */
const perOutput = (filter: Value): number => products.cost * (sizeOf(filter.shape) / filter.shape[3]!);

const convWork = ([, filter]: Inputs, [y]: readonly Value[]): number => sizeOf(y!.shape) * perOutput(filter!);

/** Depthwise products are bound by memory: a step each takes more than in a product of matrices. */
const depthwiseCost = 8 * products.cost;

const depthwiseWork = ([x, filter]: Inputs, [y]: readonly Value[]): number =>
  depthwiseCost * Math.max(sizeOf(x!.shape), sizeOf(y!.shape)) * filter!.shape[0]! * filter!.shape[1]!;

const matMulWork = ([a]: Inputs, [y]: readonly Value[], { transposeA }: { transposeA: boolean }): number =>
  products.cost * sizeOf(y!.shape) * a!.shape.at(transposeA ? -2 : -1)!;

const resizeGradientWork = ([images, dy]: Inputs): number => {
  const [b, h, w, c] = images!.shape as [number, number, number, number];
  const [, height, width] = dy!.shape as [number, number, number, number];
  return b * h * width * c * (height + w) * products.cost;
};

/** A number takes as many products as it has channels, and a power that takes as long as some ten numbers. */
const lrnWork = ([x]: Inputs): number => sizeOf(x!.shape) * (x!.shape.at(-1)! * products.cost + 10);

const { smallest } = products;

/** Kernels that multiply and add. */
export const multiplying: TraitsTable = {
  ...same([tf.Conv2D, tf.FusedConv2D], { smallest, work: convWork }),
  [tf.Conv2DBackpropInput]: { smallest, work: ([dy, filter]) => sizeOf(dy!.shape) * perOutput(filter!) },
  [tf.Conv2DBackpropFilter]: { smallest, work: ([, dy], [dw]) => sizeOf(dy!.shape) * perOutput(dw!) },
  ...same([tf.DepthwiseConv2dNative, tf.FusedDepthwiseConv2D, tf.DepthwiseConv2dNativeBackpropInput], {
    smallest: 8 * smallest,
    work: depthwiseWork,
  }),
  [tf.DepthwiseConv2dNativeBackpropFilter]: {
    smallest: 8 * smallest,
    work: ([x, dy], [dw]) => depthwiseCost * Math.max(sizeOf(x!.shape), sizeOf(dy!.shape)) * dw!.shape[0]! * dw!.shape[1]!, // prettier-ignore
  },
  ...same([tf.BatchMatMul, tf._FusedMatMul], traits({ smallest, work: matMulWork })),
  [tf.Einsum]: traits<tf.EinsumAttrs>({
    smallest,
    work: (inputs, _, { equation }) =>
      decodeEinsum(equation, inputs.map((x) => x.shape)).sides.reduce((product, side) => product * side, products.cost), // prettier-ignore
  }),
  ...same([tf.ResizeBilinearGrad, tf.ResizeNearestNeighborGrad], { smallest, work: resizeGradientWork }),
  ...same([tf.LRN, tf.LRNGrad], { work: lrnWork }),
};
