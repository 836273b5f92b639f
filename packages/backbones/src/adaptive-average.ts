import * as tf from "@tensorflow/tfjs-core";
import { matchShapes } from "@fovea/nn";

/**
 * Averages a map of any size to `cells` × `cells`: cell i of a side n is the mean of its rows ⌊i · n / cells⌋ to ⌈(i +
 * 1) · n / cells⌉ − 1, PyTorch's `AdaptiveAvgPool2d`. Channels come first in the result, as PyTorch flattens them.
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

/** Column i holds the weights of the mean that cell i is, [side, cells]. */
function averaging(side: number, cells: number): tf.Tensor2D {
  const weight = (row: number, cell: number) => {
    const [start, end] = [Math.floor((cell * side) / cells), Math.ceil(((cell + 1) * side) / cells)];
    return row >= start && row < end ? 1 / (end - start) : 0;
  };
  return tf.tensor2d(
    Array.from({ length: side }, (_, row) => Array.from({ length: cells }, (_, cell) => weight(row, cell))),
  );
}
