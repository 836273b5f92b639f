import * as tf from "@tensorflow/tfjs-core";
import { onCpu } from "./on-cpu.js";
import { averagePoolGradient } from "./average-pool-gradient.js";
import { maxPoolGradient } from "./max-pool-gradient.js";
import { segmentSum } from "./segment-sum.js";
import { sum } from "./sum.js";
import type { WasmKernel } from "./wasm-kernel.js";

type Reduce = (x: tf.Tensor, axes: number[]) => tf.Tensor;

const reduction = (name: string, reduce: Reduce): WasmKernel => ({
  name,
  stock: "wrong",
  run: ({ x }, { axis, keepDims }) => {
    const axes = tf.util.parseAxisParam(axis as number | number[], x!.shape);
    return tf.tidy(() => {
      const y = reduce(x!, axes);
      return keepDims ? tf.reshape(y, tf.backend_util.expandShapeToKeepDim(y.shape, axes)) : y;
    });
  },
});

const sumKernel = reduction(tf.Sum, sum);

const meanKernel = reduction(tf.Mean, (x, axes) => {
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  return tf.div(tf.sum(tf.cast(x, "float32"), axes), count);
});

const maxPoolGradientKernel: WasmKernel = {
  name: tf.MaxPoolGrad,
  stock: "slow",
  run: ({ dy, input }, attrs) => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as tf.MaxPoolGradAttrs;
    const shape = input!.shape as [number, number, number, number];
    const pool = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    return maxPoolGradient(dy!, input!, pool);
  },
};

const segmentSumKernel: WasmKernel = {
  name: tf.UnsortedSegmentSum,
  stock: "missing",
  run: ({ x, segmentIds }, { numSegments }) => segmentSum(x!, segmentIds as tf.Tensor1D, numSegments as number),
};

/** One average of the entire map: XNNPACK's adds one number after the other in float32. */
const averagePool: WasmKernel = {
  name: tf.AvgPool,
  stock: "wrong",
  run: ({ x }, attrs, stock) => {
    const { filterSize, pad } = attrs as unknown as tf.AvgPoolAttrs;
    const kernel = typeof filterSize === "number" ? [filterSize, filterSize] : filterSize;
    const isWhole = pad === "valid" && kernel.every((side, i) => side === x!.shape[i + 1]);
    return isWhole ? tf.mean(x!, [1, 2], true) : stock({ x: x! }, attrs);
  },
};

/** Numbers from which a running sum is left to cpu's kernel, which keeps it in doubles. */
const long = 1024;

const cumsum: WasmKernel = {
  name: tf.Cumsum,
  stock: "wrong",
  run: (inputs, attrs, stock) => (inputs["x"]!.size > long ? onCpu(tf.Cumsum, inputs, attrs) : stock(inputs, attrs)),
};

export const reduceKernels: readonly WasmKernel[] = [
  sumKernel,
  meanKernel,
  maxPoolGradientKernel,
  averagePoolGradient,
  averagePool,
  cumsum,
  segmentSumKernel,
];
