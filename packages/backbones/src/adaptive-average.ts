import * as tf from "@tensorflow/tfjs-core";
import { matchShapes } from "@fovea/nn";

/**
 * Adaptive average pooling, PyTorch's `AdaptiveAvgPool2d`: averages a map of any size to `cells` × `cells`. Along an
 * axis of length n, cell i is the mean of ⌊i · n / cells⌋ to ⌈(i + 1) · n / cells⌉ − 1. Channels come first in the
 * result, because PyTorch flattens maps in that order.
 *
 * @param map - [batch, height, width, channels]
 * @returns [batch, channels, cells, cells]
 */
export function adaptiveAverage(map: tf.Tensor4D, cells: number): tf.Tensor4D {
  const { batch, height, width, channels } = matchShapes(
    "adaptiveAverage",
    { map: "batch height width channels" },
    { map },
  );
  return tf.tidy(() => {
    const x = tf.transpose(map, [0, 3, 2, 1]); // [batch, channels, width, height]
    const rows = tf.matMul(tf.reshape(x, [-1, height]), averaging(height, cells)); // [batch · channels · width, cells]
    const turned = tf.transpose(tf.reshape(rows, [-1, width, cells]), [0, 2, 1]); // [batch · channels, cells, width]
    const both = tf.matMul(tf.reshape(turned, [-1, width]), averaging(width, cells));
    return tf.reshape(both, [batch, channels, cells, cells]);
  });
}

/** The matrix [length, cells] of an average along one axis: column i has the weights of cell i. */
function averaging(length: number, cells: number): tf.Tensor2D {
  const weight = (row: number, cell: number) => {
    const [start, end] = [Math.floor((cell * length) / cells), Math.ceil(((cell + 1) * length) / cells)];
    return row >= start && row < end ? 1 / (end - start) : 0;
  };
  return tf.tensor2d(Array.from({ length }, (_, row) => Array.from({ length: cells }, (_, cell) => weight(row, cell))));
}
