import { labelsAt, resizeLogits } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { bilinear } from "./loops.js";
import { labelMaps, mapsOf, randomMaps } from "./maps.js";

/** Each label tells its place. */
const places = (batch: number, height: number, width: number): tf.Tensor3D =>
  tf.tensor3d(Int32Array.from({ length: batch * height * width }, (_, i) => i), [batch, height, width]); // prettier-ignore

describeOnEngines("labelsAt", () => {
  it("takes every eighth row and column of a map of 8 n + 1", () => {
    const labels = places(2, 33, 49);
    assertClose(labelsAt(labels, 5, 7), tf.stridedSlice(labels, [0, 0, 0], [2, 33, 49], [1, 8, 8]), 0);
  });

  it.each([
    [473, 60],
    [713, 90],
    [713, 179],
    [64, 8],
    [7, 7],
    [5, 1],
    [1, 4],
    [3, 9],
    [2, 3],
  ])("takes the nearest of %i for %i, the corners being the same", (from, to) => {
    // prettier-ignore
    const at = Array.from(labelsAt(places(1, from, 1), to, 1).dataSync());
    expect(at).toHaveLength(to);
    at.forEach((index, i) => {
      const exact = to === 1 ? 0 : (i * (from - 1)) / (to - 1);
      expect(Math.abs(index - exact)).toBeLessThanOrEqual(0.5);
      if (exact % 1 === 0.5) expect(index).toBe(exact + 0.5);
    });
    expect(Array.from(labelsAt(places(1, 1, from), 1, to).dataSync())).toEqual(at);
  });

  it("mixes no labels, and keeps int32", () => {
    const small = labelsAt(labelMaps("0x0x0 x0x0x 0x0x7"), 2, 3);
    expect(small.dtype).toBe("int32");
    expect(small.arraySync()).toEqual([[[0, 0, 0], [0, 0, 7]]]); // prettier-ignore
  });

  it("gives new labels, also of the same size, and leaves nothing behind", () => {
    const labels = places(1, 3, 5);
    const same = labelsAt(labels, 3, 5);
    expect(same).not.toBe(labels);
    assertClose(same, labels, 0);
    assertNoLeak(() => labelsAt(labels, 3, 5));
    assertNoLeak(() => labelsAt(labels, 2, 3));
  });

  it("refuses sizes that are none", () => {
    expect(() => labelsAt(places(1, 3, 5), 0, 2)).toThrow(
      "labelsAt: `rows` must be a whole number of at least 1, got 0.",
    );
    expect(() => labelsAt(places(1, 3, 5), 2, 1.5)).toThrow("labelsAt: `columns` must be a whole number");
  });
});

describeOnEngines("resizeLogits", () => {
  describe.each([
    [2, 3, 5, 9],
    [3, 4, 3, 11],
    [1, 3, 4, 3],
    [5, 1, 2, 4],
  ] as const)("of %i × %i to %i × %i", (rows, columns, height, width) => {
    // prettier-ignore
    const logits = randomMaps([2, rows, columns, 3], 1);

    it("is bilinear, the corners being the same", () => {
      const expected = mapsOf(logits).map((map) => bilinear(map, [rows, columns], [height, width]));
      assertClose(resizeLogits(logits, height, width).dataSync(), expected.flat(2), 1e-6);
    });

    it("has the gradient of its values", () =>
      assertGradient((z) => resizeLogits(z as tf.Tensor4D, height, width), [logits]));
  });

  it("puts a pixel where labelsAt finds it again", () => {
    const logits = randomMaps([1, 4, 6, 2], 1);
    const large = resizeLogits(logits, 25, 41);
    const first = tf.slice(large, [0, 0, 0, 0], [-1, -1, -1, 1]);
    const scaled = tf.cast(tf.round(tf.mul(tf.squeeze(first, [3]), 1e5)), "int32") as tf.Tensor3D;
    assertClose(
      tf.div(labelsAt(scaled, 4, 6), 1e5),
      tf.squeeze(tf.slice(logits, [0, 0, 0, 0], [-1, -1, -1, 1]), [3]),
      2e-5,
    );
  });

  it("keeps the size that it has, and leaves nothing behind", () => {
    const logits = randomMaps([1, 4, 6, 2], 1);
    assertClose(resizeLogits(logits, 4, 6), logits, 0);
    assertNoLeak(() => resizeLogits(logits, 4, 6));
    assertNoLeak(() => resizeLogits(logits, 5, 9));
    expect(() => resizeLogits(logits, 0, 6)).toThrow(
      "resizeLogits: `height` must be a whole number of at least 1, got 0.",
    );
  });
});
