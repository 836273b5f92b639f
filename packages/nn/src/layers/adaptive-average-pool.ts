import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import type { Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { pureLayer } from "./pure-layer.js";
import { requireFloats } from "./require-input.js";
import { windowOf, type WindowSize } from "./window.js";

/** The configuration of `adaptiveAveragePool2d`. */
export interface AdaptiveAveragePoolConfig {
  /** Cells of the output along each axis: one number for a square, or [height, width]. */
  readonly cells: WindowSize;
}

/**
 * Adaptive average pooling, PyTorch's `AdaptiveAvgPool2d`: averages a map of any size to a fixed number of cells,
 * [batch, height, width, channels] → [batch, cells, cells, channels]. Along an axis of length n,
 *
 *     y_i = mean of x_j,   ⌊i · n / cells⌋ ≤ j < ⌈(i + 1) · n / cells⌉
 *
 * Cells overlap where their number does not divide n. It is two small matrix products, one for each axis, so it works
 * on every engine.
 *
 * @throws RangeError for cells below 1, or an empty map
 */
export function adaptiveAveragePool2d({ cells }: AdaptiveAveragePoolConfig): Layer {
  const [rows, columns] = windowOf(cells);
  requireCounts("adaptiveAveragePool2d", { rows, columns });
  return pureLayer((x) => {
    const { batch, height, width, channels } = matchShapes(
      "adaptiveAveragePool2d",
      { x: "batch height width channels" },
      { x },
    );
    requireFloats("adaptiveAveragePool2d", x);
    const strips = tf.matMul(averaging(height, rows), tf.reshape(x, [batch, height, width * channels]));
    const parts = tf.reshape(strips, [batch * rows, width, channels]);
    return tf.reshape(tf.matMul(averaging(width, columns), parts), [batch, rows, columns, channels]);
  });
}

/**
 * The matrix [1, cells, length] of the averages along one axis. Kernels compute it, beginning with as many ones as
 * there are places, so that a file that is exported from them is right for maps of any size. The bounds are quotients
 * of whole numbers plus half a step, so that rounding never moves one to the next.
 */
function averaging(length: number, cells: number): tf.Tensor3D {
  const ones = tf.fill<tf.Rank.R3>([1, 1, length], 1);
  const places = tf.cumsum(ones, 2, true); // 0, 1, 2, …
  const count = tf.sum(ones, 2, true);
  const bound = (first: number, shift: number) => {
    const shares = Array.from({ length: cells }, (_, i) => (first + i) / cells);
    return tf.floor(tf.add(tf.mul(count, tf.tensor3d(shares, [1, cells, 1])), shift / cells));
  };
  const [start, end] = [bound(0, 0.5), bound(1, cells - 0.5)];
  const isInside = tf.logicalAnd(tf.greaterEqual(places, start), tf.less(places, end));
  return tf.div(tf.cast(isInside, "float32"), tf.sub(end, start));
}
