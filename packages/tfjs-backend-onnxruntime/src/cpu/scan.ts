import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import type { Attrs, Numbers } from "./cpu-kernel.js";

/**
 * What the numbers along an axis amount to up to each of them, written to `values`.
 *
 * @param first - what none of them amount to
 * @param next - one more
 */
export function scan<T extends Numbers["values"]>(
  x: Numbers,
  attrs: Attrs,
  values: T,
  first: number,
  next: (before: number, x: number) => number,
): T {
  const { axis, exclusive, reverse } = attrs as unknown as tf.CumsumAttrs;
  const along = tf.util.parseAxisParam(axis, [...x.shape])[0]!;
  const [side, step] = [x.shape[along]!, sizeOf(x.shape.slice(along + 1))];
  for (let line = 0; line < values.length / side; line++) {
    const start = Math.floor(line / step) * side * step + (line % step);
    let before = first;
    for (let k = 0; k < side; k++) {
      const at = start + (reverse ? side - 1 - k : k) * step;
      const after = next(before, x.values[at]!);
      values[at] = exclusive ? before : after;
      before = after;
    }
  }
  return values;
}
