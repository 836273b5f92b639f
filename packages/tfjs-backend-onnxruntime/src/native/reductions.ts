import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { same, type TraitsTable } from "./traits.js";

/** Kernels that reduce axes. */
export const reductions: TraitsTable = {
  ...same([tf.Sum, tf.Mean, tf.Prod, tf.Max, tf.Min, tf.All, tf.Any], {
    work: ([x]) => sizeOf(x!.shape) / 16, // the speed of memory, as in elementwise.ts
    smallest: 32,
  }),
  [tf.Softmax]: { work: ([x]) => sizeOf(x!.shape), smallest: 64 },
};
