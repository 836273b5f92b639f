import { rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { calibrationError, confusionMatrix, runningMean, topKAccuracy } from "../../src/index.js";

describe("topKAccuracy", () => {
  // three samples whose labels have rank 0, 1 and 2
  const logits = tf.tensor2d([
    [3, 2, 1, 0],
    [3, 2, 1, 0],
    [3, 2, 1, 0],
  ]);
  const labels = tf.tensor1d([0, 1, 2], "int32");

  it("counts labels among the k highest", async () => {
    const at = (k: number) => topKAccuracy(logits, labels, { k });
    expect([await at(1), await at(2), await at(3), await at(9)]).toEqual([1 / 3, 2 / 3, 1, 1]);
    expect(await topKAccuracy(logits, labels)).toBe(1 / 3);
  });

  it("of ties takes the lower class, and of NaN none", async () => {
    expect(await topKAccuracy(tf.zeros([3, 4]), labels)).toBe(1 / 3); // only class 0
    expect(await topKAccuracy(tf.fill([3, 4], NaN), labels, { k: 4 })).toBe(0);
  });

  it("leaves out what has no label", async () => {
    expect(await topKAccuracy(logits, tf.tensor1d([0, -1, 2], "int32"))).toBe(1 / 2);
    expect(await topKAccuracy(logits, tf.tensor1d([-1, -1, -1], "int32"))).toBeNaN();
    await expect(topKAccuracy(logits, tf.tensor1d([0, 1, 4], "int32"))).rejects.toThrow(
      "topKAccuracy: label 4 is not among 4 classes.",
    );
  });

  it("is that of the argmax where there are no ties", async () => {
    const random = tf.tensor2d(rng(1).normal(77), [11, 7]);
    const some = tf.tensor1d(
      Array.from(rng(2).uint32(11), (x) => x % 7),
      "int32",
    );
    const share = tf.mean(tf.cast(tf.equal(tf.argMax(random, 1), some), "float32")).dataSync()[0]!;
    expect(await topKAccuracy(random, some)).toBeCloseTo(share, 6);
  });
});

describe("confusionMatrix", () => {
  it("counts, row by true class", () => {
    const matrix = confusionMatrix({ classes: 3 });
    matrix.add([0, 0, 0, 1], [0, 0, 1, 1]);
    matrix.add(Int32Array.of(1, -1), Int32Array.of(0, 2));
    expect(matrix.counts).toEqual([
      [2, 1, 0],
      [1, 1, 0],
      [0, 0, 0],
    ]);
    expect(matrix.accuracy).toBe(3 / 5);
    expect(matrix.perClass).toEqual([2 / 3, 1 / 2, NaN]);
    expect(matrix.balancedAccuracy).toBeCloseTo((2 / 3 + 1 / 2) / 2, 12);
  });

  it("has the precision and the F1 of each class", () => {
    const matrix = confusionMatrix({ classes: 4 });
    matrix.add([0, 0, 0, 1, 1], [0, 0, 1, 1, 2]);
    expect(matrix.precision).toEqual([1, 1 / 2, 0, NaN]);
    const harmonic = (precision: number, recall: number) => 2 / (1 / precision + 1 / recall);
    expect(matrix.f1[0]).toBeCloseTo(harmonic(1, 2 / 3), 12);
    expect(matrix.f1[1]).toBeCloseTo(harmonic(1 / 2, 1 / 2), 12);
    expect(matrix.f1.slice(2)).toEqual([0, NaN]); // predicted, but never there; neither
    expect(matrix.macroF1).toBeCloseTo((matrix.f1[0]! + matrix.f1[1]! + 0) / 3, 12);
  });

  it("refuses what it cannot count", () => {
    const matrix = confusionMatrix({ classes: 3 });
    expect(() => matrix.add([0], [3])).toThrow("confusionMatrix: prediction 3 is not among 3 classes.");
    expect(() => matrix.add([0.5], [0])).toThrow("confusionMatrix: label 0.5 is not among 3 classes.");
    expect(() => matrix.add([0, 1], [0])).toThrow("confusionMatrix: got 2 labels, but 1 predictions.");
    expect(() => matrix.add([0, 1, 5], [0, 1, 0])).toThrow("label 5");
    const tensor = tf.tensor1d([0], "int32") as unknown as ArrayLike<number>;
    expect(() => matrix.add(tensor, [0])).toThrow(
      "confusionMatrix: `labels` must be a list of classes, such as `await labels.data()`, got a tensor of shape [1].",
    );
    expect(matrix.counts.flat().every((count) => count === 0)).toBe(true); // of a batch that is refused nothing counts
  });
});

it("runningMean weighs, and is NaN before anything came", () => {
  const mean = runningMean();
  expect(mean.value).toBeNaN();
  mean.add(1, 3);
  mean.add(5);
  mean.add(NaN, 0);
  expect([mean.value, mean.weight]).toEqual([2, 4]);
});

describe("calibrationError", () => {
  it("is 0 where confidence is accuracy, and the gap where it is not", () => {
    expect(calibrationError([0.75, 0.75, 0.75, 0.75], [true, true, true, false])).toBeCloseTo(0, 12);
    expect(calibrationError([1, 1], [false, false])).toBe(1);
    expect(calibrationError([0.9, 0.9, 0.6], [1, 1, 0], { bins: 10 })).toBeCloseTo((2 * 0.1 + 0.6) / 3, 12);
  });

  it("does not let bins make up for one another", () => {
    expect(calibrationError([0.2, 0.8], [1, 0], { bins: 2 })).toBeCloseTo(0.8, 12);
    expect(calibrationError([0.2, 0.8], [1, 0], { bins: 1 })).toBeCloseTo(0, 12);
  });

  it("takes 0 and 1, and nothing beyond", () => {
    expect(calibrationError([0, 1], [0, 1])).toBe(0);
    expect(() => calibrationError([1.5], [1])).toThrow("calibrationError: `confidences` must be in [0, 1], got 1.5.");
  });
});
