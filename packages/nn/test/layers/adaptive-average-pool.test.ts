import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { adaptiveAveragePool2d, inferenceContext } from "../../src/index.js";
import { assertClose, randomTensor } from "../../src/testing/index.js";

const ctx = inferenceContext();
const pool = (x: tf.Tensor, cells: number | readonly [number, number]) =>
  adaptiveAveragePool2d({ cells }).forward(x, ctx);

describeOnEngines("adaptiveAveragePool2d", () => {
  it("returns the map where the size fits, and repeats a single cell", () =>
    tf.tidy(() => {
      const [map, cell] = [randomTensor([2, 5, 5, 3]), randomTensor([2, 1, 1, 3])];
      assertClose(pool(map, 5), map);
      assertClose(pool(cell, [7, 2]), tf.tile(cell, [1, 7, 2, 1]));
    }));

  it("averages equal blocks where they divide the sides", () =>
    tf.tidy(() => {
      const map = randomTensor<tf.Tensor4D>([2, 4, 6, 3]);
      assertClose(pool(map, 2), tf.avgPool(map, [2, 3], [2, 3], "valid"));
      assertClose(pool(map, 1), tf.mean(map, [1, 2], true));
    }));

  it("lets windows overlap where they do not divide the sides", () =>
    tf.tidy(() => {
      const map = tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
      assertClose(pool(map, [2, 3]), [1.5, 3, 4.5, 1.5, 3, 4.5]); // windows 0…1, 1…3, 3…4
    }));

  // PyTorch's bounds in whole numbers, for every size that a float might round to another bound
  it("has PyTorch's bounds for every size", () => {
    for (const cells of [1, 2, 3, 6, 7])
      for (const n of [1, 2, 3, 5, 6, 7, 12, 41, 59, 60, 63, 90, 113, 729, 1021]) {
        const got = tf.tidy(() => pool(tf.reshape(tf.range(0, n), [1, n, 1, 1]), [cells, 1]).dataSync());
        const want = Array.from({ length: cells }, (_, i) => {
          const start = (i * n - ((i * n) % cells)) / cells;
          const end = ((i + 1) * n + ((cells - (((i + 1) * n) % cells)) % cells)) / cells;
          return (start + end - 1) / 2; // the mean of start … end − 1
        });
        want.forEach((mean, i) => expect(Math.abs(got[i]! - mean), `${n} to ${cells}`).toBeLessThan(1e-3 + n * 1e-6));
      }
  });

  it("refuses cells there cannot be", () => {
    expect(() => adaptiveAveragePool2d({ cells: 0 })).toThrow(
      "adaptiveAveragePool2d: `rows` must be a whole number of at least 1, got 0.",
    );
    expect(() => pool(tf.zeros([3, 3]), 2)).toThrow("adaptiveAveragePool2d: expected `x` of shape [batch, height");
  });
});
