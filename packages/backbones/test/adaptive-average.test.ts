import * as tf from "@tensorflow/tfjs-core";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { adaptiveAverage } from "../src/adaptive-average.js";

describeOnEngines("adaptiveAverage", () => {
  it("only moves the channels to the front where the size fits", () => {
    const map = randomTensor<tf.Tensor4D>([2, 5, 5, 3]);
    const [got, want] = [adaptiveAverage(map, 5), tf.transpose(map, [0, 3, 1, 2])];
    assertClose(got, want);
    tf.dispose([map, got, want]);
  });

  it("averages equal blocks where they divide the sides, and repeats a single cell", () => {
    const [map, cell] = [randomTensor<tf.Tensor4D>([2, 4, 6, 3]), randomTensor<tf.Tensor4D>([2, 1, 1, 3])];
    const [got, repeated] = [adaptiveAverage(map, 2), adaptiveAverage(cell, 7)];
    tf.tidy(() => {
      assertClose(got, tf.transpose(tf.avgPool(map, [2, 3], [2, 3], "valid"), [0, 3, 1, 2]));
      assertClose(repeated, tf.tile(tf.transpose(cell, [0, 3, 1, 2]), [1, 1, 7, 7]));
    });
    tf.dispose([map, cell, got, repeated]);
  });

  it("lets windows overlap where they do not divide the sides", () => {
    const map = tf.tensor4d([1, 2, 3, 4, 5], [1, 1, 5, 1]);
    const out = adaptiveAverage(map, 3); // windows 0…1, 1…3, 3…4
    expect([...out.dataSync()].map((value) => value * 2)).toEqual([3, 6, 9, 3, 6, 9, 3, 6, 9]);
    tf.dispose([map, out]);
  });

  it("has the gradient that finite differences give, and leaves nothing behind", () => {
    const map = randomTensor<tf.Tensor4D>([1, 3, 5, 2]);
    assertGradient((x) => adaptiveAverage(x as tf.Tensor4D, 2), [map]);
    assertNoLeak(() => adaptiveAverage(map, 2));
    map.dispose();
  });
});
