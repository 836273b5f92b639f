import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import type { Labels, Maps } from "./loops.js";

/** Random maps [batch, rows, columns, channels]. */
export const randomMaps = (shape: readonly [number, number, number, number], seed: number): tf.Tensor4D =>
  randomTensor<tf.Tensor4D>(shape, seed);

/** Label maps from rows of digits, one string for each image, rows separated by spaces; `x` is ignored (255). */
export function labelMaps(...images: readonly string[]): tf.Tensor3D {
  const rows = images.map((image) => image.trim().split(/\s+/));
  const numbers = rows.flat().flatMap((row) => [...row].map((digit) => (digit === "x" ? 255 : Number(digit))));
  return tf.tensor3d(numbers, [images.length, rows[0]!.length, rows[0]![0]!.length], "int32");
}

/** [batch, rows, columns, channels] as [batch][pixel][channel]. */
export function mapsOf(maps: tf.Tensor4D): Maps {
  const [batch, rows, columns, channels] = maps.shape;
  return tf.tidy(() => tf.reshape(maps, [batch, rows * columns, channels]).arraySync() as number[][][]);
}

/** [batch, height, width] as [batch][pixel], with -1 for an ignored pixel. */
export function labelsOf(labels: tf.Tensor3D, ignore = 255): Labels {
  const [batch, height, width] = labels.shape;
  const rows = tf.tidy(() => tf.reshape(labels, [batch, height * width]).arraySync() as number[][]);
  return rows.map((row) => row.map((label) => (label === ignore ? -1 : label)));
}

/** Labels of some classes for each pixel of each image, some ignored, the same for every seed. */
export function scatteredLabels(
  [batch, height, width]: readonly [number, number, number],
  classes: readonly (readonly number[])[],
  seed = 1,
): tf.Tensor3D {
  const draws = randomTensor([batch, height, width], seed).dataSync();
  const numbers = Array.from(draws, (draw, i) => {
    const own = classes[Math.floor(i / (height * width))]!;
    const place = Math.floor(((draw * 1e4) % 1) * own.length);
    return own[(place + own.length) % own.length]!;
  });
  return tf.tensor3d(numbers, [batch, height, width], "int32");
}
