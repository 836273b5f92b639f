import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { same, traits, type TraitsTable } from "./traits.js";

/** Kernels that pool windows of a map. */
export const pools: TraitsTable = same(
  [tf.MaxPool, tf.AvgPool, tf.MaxPoolGrad, tf.AvgPoolGrad],
  traits<Pick<tf.MaxPoolAttrs, "filterSize">>({
    work(inputs, outputs, { filterSize }) {
      const [height, width] = [filterSize].flat() as [number, number?];
      return Math.max(...[...inputs, ...outputs].map(({ shape }) => sizeOf(shape))) * height * (width ?? height);
    },
  }),
);
