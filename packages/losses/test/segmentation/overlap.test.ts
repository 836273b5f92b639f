import { diceLoss, lovaszSoftmax, tverskyLoss, type OverlapOptions } from "@fovea/losses";
import { assertClose, assertGradient, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { describeOnEngines } from "../../../../tools/vitest/engines.js";
import { groups, meanOf, softmax } from "./loops.js";
import { labelMaps, labelsOf, mapsOf, randomMaps, scatteredLabels } from "./maps.js";

const [batch, height, width, classes] = [2, 5, 7, 3] as const;
const logits = randomMaps([batch, height, width, classes], 1);
/** Class 2 is nowhere, class 1 in the second image only. */
const labels = scatteredLabels([batch, height, width], [[0, 0, 255], [0, 1, 255]]); // prettier-ignore
type Scope = "image" | "batch";
type Loss = (z: tf.Tensor4D, y: tf.Tensor3D, options?: OverlapOptions) => tf.Scalar;

interface Pixel {
  readonly p: readonly number[];
  readonly y: number;
}

/** The mean of a loss of each class with a pixel, and of each group, over the labelled pixels; in double precision. */
function loop(scope: Scope, lossOf: (pixels: readonly Pixel[], c: number) => number): number {
  const [maps, y] = [mapsOf(logits), labelsOf(labels)];
  return meanOf(
    groups(batch, scope).map((images) => {
      const pixels = images.flatMap((b) => maps[b]!.map((z, n) => ({ p: softmax(z), y: y[b]![n]! })));
      const known = pixels.filter((pixel) => pixel.y >= 0);
      return meanOf([...new Set(known.map((pixel) => pixel.y))].map((c) => lossOf(known, c)));
    }),
  );
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const tversky = (alpha: number, beta: number, smooth: number) => (pixels: readonly Pixel[], c: number) => {
  const hits = pixels.map(({ y }) => (y === c ? 1 : 0));
  const tp = sum(pixels.map(({ p }, n) => p[c]! * hits[n]!));
  const fp = sum(pixels.map(({ p }, n) => p[c]! * (1 - hits[n]!)));
  const fn = sum(pixels.map(({ p }, n) => (1 - p[c]!) * hits[n]!));
  return 1 - (tp + smooth) / (tp + alpha * fp + beta * fn + smooth);
};

const dice = (smooth: number) => (pixels: readonly Pixel[], c: number) => {
  const overlap = sum(pixels.map(({ p, y }) => (y === c ? p[c]! : 0)));
  const both = sum(pixels.map(({ p, y }) => p[c]! + (y === c ? 1 : 0)));
  return 1 - (2 * overlap + smooth) / (both + smooth);
};

/** By the definition: Δ of the sets of the i pixels with the largest errors, as counts of pixels. */
const lovasz = (pixels: readonly Pixel[], c: number): number => {
  const errors = pixels.map(({ p, y }) => ({ m: y === c ? 1 - p[c]! : p[c]!, own: y === c })).sort((a, b) => b.m - a.m);
  const size = errors.filter(({ own }) => own).length;
  const delta = (wrong: number) => {
    const missed = errors.slice(0, wrong).filter(({ own }) => own).length;
    return 1 - (size - missed) / (size + wrong - missed);
  };
  return sum(errors.map(({ m }, i) => m * (delta(i + 1) - delta(i))));
};

const losses: readonly (readonly [string, Loss, (pixels: readonly Pixel[], c: number) => number])[] = [
  ["diceLoss", diceLoss, dice(0)],
  ["diceLoss with smooth 2", (z, y, options) => diceLoss(z, y, { ...options, smooth: 2 }), dice(2)],
  ["tverskyLoss", tverskyLoss, tversky(0.3, 0.7, 0)],
  [
    "tverskyLoss with options",
    (z, y, options) => tverskyLoss(z, y, { ...options, alpha: 1, beta: 0.5, smooth: 3 }),
    tversky(1, 0.5, 3),
  ],
  ["lovaszSoftmax", lovaszSoftmax, lovasz],
];

const item = (x: tf.Tensor): number => x.dataSync()[0]!;

describeOnEngines("losses of overlap", () => {
  describe.each(losses)("%s", (_, loss, definition) => {
    const gradientAt = (y: tf.Tensor3D, z: tf.Tensor = logits, options: OverlapOptions = {}): tf.Tensor =>
      tf.grad((x) => loss(x as tf.Tensor4D, y, options))(z);

    it.each(["image", "batch"] as const)("is what loops compute for each %s, and has that gradient", (scope) => {
      assertClose(loss(logits, labels, { scope }), loop(scope, definition), 1e-6);
      assertGradient((z) => loss(z as tf.Tensor4D, labels, { scope }), [logits], { epsilon: 1e-3 });
    });

    it("compares each image alone unless told otherwise", () =>
      assertClose(loss(logits, labels), loss(logits, labels, { scope: "image" }), 0));

    it("is the mean over the images that have a class", () => {
      const one = (b: number) => item(loss(tf.slice(logits, b, 1), tf.slice(labels, b, 1)));
      assertClose(loss(logits, labels), (one(0) + one(1)) / 2, 1e-6);
      const y = tf.concat([tf.slice(labels, 0, 1), tf.fill([1, height, width], 255, "int32")]) as tf.Tensor3D;
      assertClose(loss(logits, y), one(0), 1e-6);
      assertClose(loss(logits, y, { scope: "batch" }), one(0), 1e-6);
    });

    it.each(["image", "batch"] as const)("is 0 with a gradient of 0 if everything is ignored (%s)", (scope) => {
      const nothing = tf.fill([batch, height, width], 255, "int32") as tf.Tensor3D;
      assertClose(loss(logits, nothing, { scope }), 0, 0);
      assertClose(gradientAt(nothing, logits, { scope }), tf.zeros(logits.shape), 0);
    });

    it("lets an ignored pixel hold NaN", () => {
      const ignored = tf.expandDims(tf.equal(labels, 255), -1);
      const poisoned = tf.where(ignored, tf.fill(logits.shape, NaN), logits) as tf.Tensor4D;
      assertClose(loss(poisoned, labels), loss(logits, labels), 0);
      assertClose(gradientAt(labels, poisoned), gradientAt(labels), 0);
    });

    it("ignores any label that it is told to, a class too", () => {
      const some = tf.where(tf.equal(labels, 255), tf.fill(labels.shape, 2, "int32"), labels);
      assertClose(loss(logits, tf.cast(some, "int32") as tf.Tensor3D, { ignore: 2 }), loss(logits, labels), 1e-6);
    });

    it("leaves nothing behind", () => {
      assertNoLeak(() => loss(logits, labels));
      assertNoLeak(() => gradientAt(labels));
    });
  });

  const sure = (y: tf.Tensor3D, by = 50): tf.Tensor4D => tf.mul(tf.oneHot(y, classes), by);
  const y = labelMaps("0011 0022");

  it("are 0 for a certain and right prediction, and 1 for a certain and wrong one", () => {
    const shifted = labelMaps("1100 1111"); // no pixel right
    for (const [, loss] of losses.filter(([name]) => !name.includes("smooth") && !name.includes("options"))) {
      assertClose(loss(sure(y), y), 0, 1e-6);
      assertClose(loss(sure(shifted), y), 1, 1e-6);
    }
  });

  it("are 1 - IoU or 1 - F1 of the regions for a certain prediction", () => {
    const found = labelMaps("0001 0122"); // classes 0 and 1: one pixel missed and one too many, 2: right
    const iou = (3 / 5 + 1 / 3 + 1) / 3;
    assertClose(lovaszSoftmax(sure(found), y), 1 - iou, 1e-6);
    assertClose(tverskyLoss(sure(found), y, { alpha: 1, beta: 1 }), 1 - iou, 1e-6);
    assertClose(diceLoss(sure(found), y), 1 - (6 / 8 + 2 / 4 + 1) / 3, 1e-6);
  });

  it("Dice is Tversky with halves", () =>
    assertClose(tverskyLoss(logits, labels, { alpha: 0.5, beta: 0.5 }), diceLoss(logits, labels), 1e-6));

  it("Lovász has exact steps among many pixels, where differences of float32 would have few digits", () => {
    const [rows, columns] = [120, 160];
    const many = randomMaps([1, rows, columns, 2], 3);
    const zeros = tf.zeros<tf.Rank.R3>([1, rows, columns], "int32"); // each error adds 1 / pixels
    const gradient = tf.grad((z) => lovaszSoftmax(z as tf.Tensor4D, zeros))(many);
    const p = tf.softmax(many);
    const first = tf.slice(p, [0, 0, 0, 0], [-1, -1, -1, 1]);
    const expected = tf.div(tf.mul(first, tf.sub(first, 1)), rows * columns); // of -p_0 / pixels
    const ratio = tf.div(tf.slice(gradient, [0, 0, 0, 0], [-1, -1, -1, 1]), expected);
    assertClose(tf.max(ratio), 1, 1e-4);
    assertClose(tf.min(ratio), 1, 1e-4);
  });

  it("refuse what they cannot compute with", () => {
    expect(() => diceLoss(logits, labels, { smooth: -1 })).toThrow("diceLoss: expected a finite `smooth` ≥ 0, got -1.");
    expect(() => tverskyLoss(logits, labels, { alpha: NaN })).toThrow(
      "tverskyLoss: expected a finite `alpha` ≥ 0, got NaN.",
    );
    expect(() => lovaszSoftmax(logits, labels, { scope: "pixel" as never })).toThrow(
      "lovaszSoftmax: `scope` must be one of image, batch, got pixel.",
    );
    expect(() => lovaszSoftmax(randomMaps([batch, 3, 3, classes], 1), labels)).toThrow(
      "lovaszSoftmax: expected `logits` of shape [batch, height, width, classes] with the height and width of `labels`, 5 × 7",
    );
    expect(() => diceLoss(randomMaps([batch, height, width, 1], 1), labels)).toThrow("got 1 in image 1");
  });
});
