import { fillValue } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { copyAll } from "./runs.js";
import { traits, type Direct, type TraitsTable } from "./traits.js";

/** `fill` of a typed array goes at the speed of memory. */
const fill =
  (value: number): Direct =>
  (_, [y]) =>
    (y as Float32Array).fill(value);

/** Kernels that fill a tensor, or convert one. */
export const fills: TraitsTable = {
  [tf.ZerosLike]: { direct: () => fill(0) },
  [tf.OnesLike]: { direct: () => fill(1) },
  [tf.Fill]: traits<{ value: number | string; dtype?: tf.DataType }>({
    direct: (_, __, { value, dtype }) => fill(fillValue(value, dtype)),
  }),
  // typed arrays convert as tfjs does, at the speed of memory
  [tf.Cast]: { direct: (_, [y]) => (y!.type === "bool" ? undefined : copyAll) },
};
