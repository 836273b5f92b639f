import { sizeOf, tensor } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { traits, type TraitsTable } from "./traits.js";

/** Refuses what cpu refuses: it is the row that has to exist, not each of its indices. */
export function requireRows(
  indices: ArrayLike<number>,
  strides: readonly number[],
  rows: number,
  shape: readonly number[],
): void {
  // prettier-ignore
  const rank = strides.length;
  for (let start = 0; start < indices.length; start += rank) {
    let row = 0;
    for (let j = 0; j < rank; j++) row += indices[start + j]! * strides[j]!;
    if (row >= 0 && row < rows) continue;
    const index = Array.from({ length: rank }, (_, j) => indices[start + j]);
    throw new Error(`Invalid indices: ${index.join(",")} does not index into ${shape.join(",")}`);
  }
}

/** Kernels that read at places that a tensor tells. */
export const gathers: TraitsTable = {
  [tf.GatherV2]: traits<tf.GatherV2Attrs>({
    serial: true,
    check([, indices], [x], { axis }) {
      const side = x!.shape[tf.util.parseAxisParam(axis, x!.shape as number[])[0]!]!;
      for (let i = 0; i < indices!.length; i++) {
        const index = indices![i]!;
        if (!(index >= 0 && index < side)) throw new Error(`GatherV2: the index value ${index} is not in [0, ${side - 1}]`); // prettier-ignore
      }
    },
  }),
  [tf.GatherNd]: traits<object>({
    serial: true,
    check([, indices], [params, places]) {
      const [, , length, strides] = tf.backend_util.prepareAndValidate(tensor(params!), tensor(places!));
      requireRows(indices!, strides, sizeOf(params!.shape) / length, params!.shape);
    },
  }),
  [tf.OneHot]: traits<tf.OneHotAttrs>({
    serial: true,
    direct:
      (_, __, { depth, onValue, offValue }) =>
      ([indices], [y]) => {
        // prettier-ignore
        y!.fill(offValue as never);
        for (let i = 0; i < indices!.length; i++) {
          const index = indices![i] as number;
          if (index >= 0 && index < depth) y![i * depth + index] = onValue;
        }
      },
  }),
  [tf.Diag]: traits<object>({
    serial: true,
    direct:
      () =>
      ([x], [y]) => {
        // prettier-ignore
        y!.fill(0 as never);
        for (let i = 0; i < x!.length; i++) y![i * (x!.length + 1)] = x![i]!;
      },
  }),
};
