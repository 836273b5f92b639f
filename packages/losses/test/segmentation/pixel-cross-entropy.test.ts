import { crossEntropy, pixelCrossEntropy, totalLabelWeight, type PixelCrossEntropyOptions } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { softmax } from "./loops.js";
import { labelMaps, labelsOf, mapsOf, randomMaps, scatteredLabels } from "./maps.js";

const [batch, height, width, classes] = [2, 5, 7, 3] as const;
const logits = randomMaps([batch, height, width, classes], 1);
const labels = scatteredLabels([batch, height, width], [[0, 1, 2, 255], [1, 0, 255]]); // prettier-ignore
const classWeights = [1, 3, 0.5];
const item = (x: tf.Tensor): number => x.dataSync()[0]!;
const gradientAt = (options: PixelCrossEntropyOptions, y = labels, z = logits): tf.Tensor =>
  tf.grad((x) => pixelCrossEntropy(x as tf.Tensor4D, y, options))(z);

/** Logits [1, rows, columns, 2] whose class 0 has these probabilities. */
const certain = (...rows: readonly (readonly number[])[]): tf.Tensor4D =>
  tf.tensor4d(
    rows.flat().flatMap((p) => [Math.log(p), Math.log(1 - p)]),
    [1, rows.length, rows[0]!.length, 2],
  );

/** Every combination of options. */
const combinations: readonly PixelCrossEntropyOptions[] = [{}, { classWeights }].flatMap((a) =>
  [{}, { labelSmoothing: 0.2 }].flatMap(
    (b) =>
    [{}, { ohem: { threshold: 0.4, minKept: 3 } }, { ohem: { threshold: 0, minKept: 5 } }, { ohem: { threshold: 0.3, minKept: 0 } }].map((c) => ({ ...a, ...b, ...c })), // prettier-ignore
  ),
);

/** The loss in plain loops, in double precision. */
function loop({ classWeights, labelSmoothing = 0, ohem }: PixelCrossEntropyOptions): number {
  const pixels = mapsOf(logits).flatMap((image, b) =>
    image.flatMap((z, n) => {
      const y = labelsOf(labels)[b]![n]!;
      return y < 0 ? [] : [{ p: softmax(z), y }];
    }),
  );
  const hardness = pixels.map(({ p, y }) => p[y]!).sort((a, b) => a - b);
  const last = ohem && ohem.minKept! > 0 ? hardness[Math.min(batch * ohem.minKept!, hardness.length) - 1]! : -1;
  const kept = ohem ? pixels.filter(({ p, y }) => p[y]! < ohem.threshold! || p[y]! <= last) : pixels;
  const w = classWeights ?? [1, 1, 1];
  const target = (y: number, c: number) => (c === y ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
  const losses = kept.map(({ p, y }) => -p.reduce((sum, q, c) => sum + w[c]! * target(y, c) * Math.log(q), 0));
  const weights = kept.reduce((sum, { y }) => sum + w[y]!, 0);
  return losses.reduce((a, b) => a + b, 0) / (weights || 1);
}

describeOnEngines("pixelCrossEntropy", () => {
  it("is crossEntropy over the pixels", () => {
    const z = tf.reshape(logits, [-1, classes]) as tf.Tensor2D;
    const y = tf.reshape(labels, [-1]) as tf.Tensor1D;
    assertClose(pixelCrossEntropy(logits, labels), crossEntropy(z, y, { ignore: 255 }), 1e-6);
  });

  it.each(combinations)("is what loops compute, and has the gradient of its values: %j", (options) => {
    assertClose(pixelCrossEntropy(logits, labels, options), loop(options), 1e-6);
    assertGradient((z) => pixelCrossEntropy(z as tf.Tensor4D, labels, options), [logits], { epsilon: 3e-3 });
  });

  it.each(combinations)("is 0 with a gradient of 0 when everything is ignored: %j", (options) => {
    const nothing = tf.fill([batch, height, width], 255, "int32") as tf.Tensor3D;
    assertClose(pixelCrossEntropy(logits, nothing, options), 0, 0);
    assertClose(gradientAt(options, nothing), tf.zeros(logits.shape), 0);
  });

  it.each(combinations.filter(({ ohem }) => !ohem))("does not see an image that is ignored: %j", (options) => {
    const first = [tf.slice(logits, 0, 1), tf.slice(labels, 0, 1)] as const;
    const second = tf.fill([1, height, width], 255, "int32");
    const y = tf.concat([first[1], second]) as tf.Tensor3D;
    assertClose(pixelCrossEntropy(logits, y, options), pixelCrossEntropy(...first, options), 1e-6);
    assertClose(tf.slice(gradientAt(options, y), 1, 1), tf.zeros([1, height, width, classes]), 0);
  });

  it.each(combinations)("lets an ignored pixel hold NaN: %j", (options) => {
    const ignored = tf.expandDims(tf.equal(labels, 255), -1);
    const poisoned = tf.where(ignored, tf.fill(logits.shape, NaN), logits) as tf.Tensor4D;
    assertClose(pixelCrossEntropy(poisoned, labels, options), pixelCrossEntropy(logits, labels, options), 0);
    assertClose(gradientAt(options, labels, poisoned), gradientAt(options), 0);
  });

  it("ignores any label that it is told to, a class too", () => {
    const some = tf.where(tf.equal(labels, 255), tf.fill(labels.shape, 1, "int32"), labels);
    const without = tf.where(tf.equal(some, 1), tf.fill(labels.shape, 255, "int32"), some);
    const [a, b] = [some, without].map((y) => tf.cast(y, "int32") as tf.Tensor3D) as [tf.Tensor3D, tf.Tensor3D];
    assertClose(pixelCrossEntropy(logits, a, { ignore: 1 }), pixelCrossEntropy(logits, b), 1e-6);
  });

  it("knows more classes than a byte, if another label is ignored", () => {
    const many = randomMaps([1, 1, 4, 300], 2);
    const y = tf.tensor3d([128, 255, 299, -1], [1, 1, 4], "int32");
    const logs = tf.logSoftmax(tf.reshape(many, [4, 300])).arraySync() as number[][];
    const mean = -(logs[0]![128]! + logs[1]![255]! + logs[2]![299]!) / 3;
    assertClose(pixelCrossEntropy(many, y, { ignore: -1 }), mean, 1e-5);
  });

  it("gives what adds up to a larger batch with totalLabelWeight", () => {
    const options = { classWeights };
    const parts = [0, 1].map((b) => {
      const y = tf.slice(labels, b, 1);
      const weight = totalLabelWeight(tf.reshape(y, [-1]) as tf.Tensor1D, { ignore: 255, classWeights });
      return [item(weight), item(pixelCrossEntropy(tf.slice(logits, b, 1), y, options))] as const;
    });
    const total = parts.reduce((sum, [w, loss]) => sum + w * loss, 0) / parts.reduce((sum, [w]) => sum + w, 0);
    assertClose(pixelCrossEntropy(logits, labels, options), total, 1e-6);
  });

  describe("with hard pixels only", () => {
    const z = certain([0.1, 0.3, 0.5], [0.7, 0.9, 0.95]);
    const zeros = labelMaps("000 000");
    const mean = (...ps: number[]) => ps.reduce((sum, p) => sum - Math.log(p), 0) / ps.length;
    const loss = (ohem: object, y = zeros) => pixelCrossEntropy(z, y, { ohem });

    it("keeps those below the threshold, or as many as it must", () => {
      assertClose(loss({ threshold: 0.6, minKept: 0 }), mean(0.1, 0.3, 0.5), 1e-6);
      assertClose(loss({ threshold: 0.6, minKept: 2 }), mean(0.1, 0.3, 0.5), 1e-6);
      assertClose(loss({ threshold: 0.6, minKept: 4 }), mean(0.1, 0.3, 0.5, 0.7), 1e-6);
      assertClose(loss({ threshold: 0, minKept: 1 }), mean(0.1), 1e-6);
      assertClose(loss({ threshold: 0.05, minKept: 0 }), 0, 0);
    });

    it("keeps all if there are fewer than it must keep, as by default", () => {
      assertClose(loss({ minKept: 7 }), mean(0.1, 0.3, 0.5, 0.7, 0.9, 0.95), 1e-6);
      assertClose(loss({}), mean(0.1, 0.3, 0.5, 0.7, 0.9, 0.95), 1e-6);
      assertClose(loss({ threshold: 0, minKept: 5 }, labelMaps("0x0 xxx")), mean(0.1, 0.5), 1e-6);
    });

    it("has a threshold of 0.7 by default, and keeps 100,000 pixels of each image", () => {
      const near = pixelCrossEntropy(certain([0.1, 0.69], [0.71, 0.9]), labelMaps("00 00"), { ohem: { minKept: 0 } });
      assertClose(near, mean(0.1, 0.69), 1e-6);
      const most = 100_000;
      const p = Array.from({ length: most + 3 }, (_, i) => (i < 3 ? 0.9 : i % 2 === 0 ? 0.8 : 0.7));
      const y = tf.zeros<tf.Rank.R3>([1, 1, most + 3], "int32");
      // half of the 100,000 hardest pixels have 0.7, the others 0.8
      assertClose(pixelCrossEntropy(certain(p), y, { ohem: { threshold: 0 } }), mean(0.7, 0.8), 1e-6);
    });

    it("takes the hardest of a batch, whichever image they are of", () => {
      const easy = certain([0.96, 0.97, 0.98], [0.96, 0.97, 0.98]);
      const both = tf.concat([z, easy]) as tf.Tensor4D;
      const y = tf.concat([zeros, zeros]) as tf.Tensor3D;
      assertClose(pixelCrossEntropy(both, y, { ohem: { threshold: 0, minKept: 2 } }), mean(0.1, 0.3, 0.5, 0.7), 1e-6);
    });

    it("keeps all of the same hardness, such as those of a network that knows nothing yet", () => {
      const equal = tf.zeros([1, 2, 3, 2]) as tf.Tensor4D;
      assertClose(pixelCrossEntropy(equal, zeros, { ohem: { threshold: 0.1, minKept: 2 } }), Math.log(2), 1e-6);
    });

    it("chooses by the probability alone, whatever the weights", () => {
      const options = { classWeights: [1, 100], ohem: { threshold: 0, minKept: 1 } };
      assertClose(pixelCrossEntropy(z, labelMaps("000 001"), options), mean(0.05), 1e-5); // class 1 with 1 - 0.95
      assertClose(pixelCrossEntropy(z, labelMaps("011 000"), options), mean(0.1), 1e-6);
    });
  });

  it("leaves nothing behind", () => {
    const options = { classWeights, labelSmoothing: 0.1, ohem: { minKept: 4 } };
    assertNoLeak(() => pixelCrossEntropy(logits, labels, options));
    assertNoLeak(() => gradientAt(options));
  });

  it("refuses what it cannot compute with", () => {
    expect(() => pixelCrossEntropy(randomMaps([batch, 3, 4, classes], 1), labels)).toThrow(
      "pixelCrossEntropy: expected `logits` of shape [batch, height, width, classes] with the height and width of " +
        "`labels`, 5 × 7, got [2, 3, 4, 3]. resizeLogits(logits, 5, 7) enlarges them.",
    );
    expect(() => pixelCrossEntropy(logits, tf.slice(labels, 0, 1))).toThrow(
      "pixelCrossEntropy: expected `labels` of shape [batch, height, width] (batch=2 from `logits`), got [1, 5, 7].",
    );
    expect(() => pixelCrossEntropy(certain([0.1, 0.2], [0.3, 0.4]), labelMaps("01 02"))).toThrow(
      "pixelCrossEntropy: expected `labels` in 0 … 1 (classes=2) or `ignore` 255, got 2 in image 0 at row 1, column 1.",
    );
    const negative = tf.tensor3d([0, 1, -1, 0], [1, 2, 2], "int32");
    expect(() => pixelCrossEntropy(certain([0.1, 0.2], [0.3, 0.4]), negative)).toThrow(
      "got -1 in image 0 at row 1, column 0.",
    );
    expect(() => pixelCrossEntropy(logits, tf.cast(labels, "float32"))).toThrow(TypeError);
    expect(() => pixelCrossEntropy(logits, labels, { classWeights: [1] })).toThrow(
      "pixelCrossEntropy: expected one weight for each class in `classWeights`",
    );
    expect(() => pixelCrossEntropy(logits, labels, { labelSmoothing: 2 })).toThrow(
      "pixelCrossEntropy: expected `labelSmoothing` in [0, 1], got 2.",
    );
    expect(() => pixelCrossEntropy(logits, labels, { ohem: { threshold: 1.5 } })).toThrow(
      "pixelCrossEntropy: expected `ohem.threshold`, a probability, in [0, 1], got 1.5.",
    );
    expect(() => pixelCrossEntropy(logits, labels, { ohem: { minKept: -1 } })).toThrow(
      "pixelCrossEntropy: expected `ohem.minKept`, a number of pixels, ≥ 0, got -1.",
    );
  });
});
