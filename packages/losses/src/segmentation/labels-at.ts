import { matchShapes, requireCounts } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Label maps at another size: each of rows × columns is the label of its nearest pixel, when the corners of both grids
 * are the same. No label is mixed with another.
 *
 *     y'_ij = y[ round(i (height - 1) / (rows - 1)), round(j (width - 1) / (columns - 1)) ],    1/2 is rounded up
 *
 * These are the pixels where `resizeLogits` puts the rows and columns of a smaller map. For the maps of a network with
 * stride 8 whose input has 8 n + 1 rows, these are the rows 0, 8, 16, …, 8 n. A single row is row 0. Classes with few
 * pixels may be lost.
 *
 * @param labels - int32, [batch, height, width]
 * @returns int32, [batch, rows, columns]
 * @throws RangeError for sizes that are not whole numbers of at least 1
 */
export function labelsAt(labels: tf.Tensor3D, rows: number, columns: number): tf.Tensor3D {
  const { height, width } = matchShapes("labelsAt", { labels: "batch height width" }, { labels });
  requireCounts("labelsAt", { rows, columns, height, width });
  return tf.tidy(() => {
    const some = rows === height ? labels : tf.gather(labels, nearest(height, rows), 1);
    return columns === width ? tf.clone(some) : tf.gather(some, nearest(width, columns), 2);
  });
}

const nearest = (from: number, to: number): tf.Tensor1D =>
  tf.tensor1d(Int32Array.from({ length: to }, (_, i) => (to === 1 ? 0 : Math.round((i * (from - 1)) / (to - 1)))));
