import { assertClose, assertGradient, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { convOfUpsampled } from "../src/decoders/conv-of-upsampled.js";

type Maps = tf.Tensor4D;

const [channels, out] = [3, 4];

/** The maps of a pyramid and their weights, as one list. */
const pyramid = (cells: readonly number[]): tf.Tensor[] => [
  ...cells.map((side, i) => randomTensor([2, side, side, channels], i)),
  ...cells.map((_, i) => randomTensor([3, 3, channels, out], 10 + i)),
];

describeOnEngines("a convolution of upsampled maps", () => {
  const cases: [cells: number[], rows: number, columns: number][] = [
    [[1, 2, 3, 6], 7, 5],
    [[1, 2, 3, 6], 13, 17],
    [[2, 5], 3, 4], // fewer places than cells
    [[1, 3], 1, 1],
    [[4], 1, 9],
  ];

  it.each(cases)("is that of large maps: %j cells on %i × %i", (cells, rows, columns) => {
    const inputs = pyramid(cells);
    const spread = (...all: tf.Tensor[]) => {
      const [maps, weights] = [all.slice(0, cells.length), all.slice(cells.length)];
      return convOfUpsampled(maps.map((map, i) => ({ map: map as Maps, weight: weights[i]! })), rows, columns); // prettier-ignore
    };
    const upsampled = (...all: tf.Tensor[]) => {
      const [maps, weights] = [all.slice(0, cells.length), all.slice(cells.length)];
      const large = maps.map((map) => tf.image.resizeBilinear(map as Maps, [rows, columns], true));
      return tf.conv2d(tf.concat(large, 3), tf.concat(weights, 2) as Maps, 1, "same");
    };
    const gradients = (f: (...all: tf.Tensor[]) => tf.Tensor) => tf.grads((...all) => tf.sin(f(...all)))(inputs);
    tf.tidy(() => {
      assertClose(spread(...inputs), upsampled(...inputs), 1e-5);
      const expected = gradients(upsampled);
      gradients(spread).forEach((gradient, i) => assertClose(gradient, expected[i]!, 1e-4));
    });
    assertGradient(spread, inputs);
  });
});
