import { rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { classScores, confusionMatrix, meanScore, type ConfusionMatrix } from "../../src/index.js";

const counted = (classes: number, truth: number[], predicted: number[]): ConfusionMatrix => {
  const matrix = confusionMatrix({ classes });
  matrix.add(truth, predicted);
  return matrix;
};

/** 4 pixels of class 0, 2 of class 1, none of class 2, which one pixel is taken for, and none at all of class 3. */
const example = () => counted(4, [0, 0, 0, 0, 1, 1, 255], [0, 0, 0, 1, 1, 2, 9]);

describe("confusionMatrix", () => {
  it("counts truth by row and prediction by column, and leaves out ignored pixels whatever they are taken for", () => {
    expect([...example().counts]).toEqual([3, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    const other = confusionMatrix({ classes: 2, ignore: -1 });
    other.add([-1, 1], [0, 1]);
    other.add([-1], [3]);
    expect([...other.counts]).toEqual([0, 0, 0, 1]);
  });

  it("counts a set in parts as it does at once, from arrays, bytes and tensors", () => {
    const draw = (name: string) => Array.from({ length: 60 }, (_, i) => rng(1).split(name, i).integer(3));
    const [truth, predicted] = [draw("truth"), draw("predicted")];
    const parts = confusionMatrix({ classes: 3 });
    parts.add(truth.slice(0, 7), Uint8Array.from(predicted.slice(0, 7)));
    const tensors = [truth, predicted].map((labels) => tf.tensor3d(labels.slice(7, 55), [2, 4, 6], "int32"));
    parts.add(tensors[0]!, tensors[1]!);
    parts.add(Int32Array.from(truth.slice(55)), Uint16Array.from(predicted.slice(55)));
    expect(parts.counts).toEqual(counted(3, truth, predicted).counts);
    expect(tensors.some((tensor) => tensor.isDisposed)).toBe(false);
    tf.dispose(tensors);
  });

  it("refuses what is no class, and counts nothing then", () => {
    const matrix = confusionMatrix({ classes: 3 });
    expect(() => matrix.add([0, 1, 3], [0, 1, 2])).toThrow(
      "confusionMatrix: expected classes 0 … 2 or 255 in `truth`, got 3 at pixel 2.",
    );
    expect(() => matrix.add([0, 1], [0, 255])).toThrow(
      "confusionMatrix: expected classes 0 … 2 in `predicted`, got 255 at pixel 1.",
    );
    expect(() => matrix.add([0, 0.5], [0, 0])).toThrow("in `truth`, got 0.5 at pixel 1.");
    expect(() => matrix.add([0, 1], [0])).toThrow(
      "confusionMatrix: expected `predicted` of 2 pixels, as `truth`, got 1.",
    );
    expect([...matrix.counts]).toEqual(Array(9).fill(0));
    expect(() => confusionMatrix({ classes: 0 })).toThrow("confusionMatrix: `classes` must be a whole number");
    expect(() => confusionMatrix({ classes: 300 })).toThrow(
      "confusionMatrix: `ignore` must be no class, 0 … 299, got 255.",
    );
  });
});

describe("scores", () => {
  it("of classes are their formulas, and undefined where these are 0 / 0", () => {
    expect(classScores(example())).toEqual([
      { pixels: 4, iou: 3 / 4, dice: 6 / 7, accuracy: 3 / 4, precision: 1 },
      { pixels: 2, iou: 1 / 3, dice: 2 / 4, accuracy: 1 / 2, precision: 1 / 2 },
      { pixels: 0, iou: 0, dice: 0, accuracy: undefined, precision: 0 },
      { pixels: 0, iou: undefined, dice: undefined, accuracy: undefined, precision: undefined },
    ]);
  });

  it("of a set leave out absent classes", () => {
    const matrix = example();
    expect(meanScore(matrix)).toBeCloseTo((3 / 4 + 1 / 3 + 0) / 3, 12);
    expect(meanScore(matrix, { score: "dice" })).toBeCloseTo((6 / 7 + 1 / 2 + 0) / 3, 12);
    expect(meanScore(matrix, { score: "accuracy" })).toBeCloseTo((3 / 4 + 1 / 2) / 2, 12);
    expect(meanScore(matrix, { score: "accuracy", average: "micro" })).toBeCloseTo(4 / 6, 12);
    expect(meanScore(matrix, { average: "weighted" })).toBeCloseTo((4 * (3 / 4) + 2 * (1 / 3)) / 6, 12);
    expect(meanScore(matrix, { average: "micro" })).toBeCloseTo(4 / 8, 12); // 4 / (4 + 3 + 1)
    expect(meanScore(matrix, { score: "precision" })).toBeCloseTo((1 + 1 / 2 + 0) / 3, 12);
  });

  it("of a set do not change with a class that is absent, nor with names of classes", () => {
    const [truth, predicted] = [[0, 0, 1, 2, 2, 1], [0, 1, 1, 2, 0, 1]]; // prettier-ignore
    for (const score of ["iou", "dice", "accuracy", "precision"] as const)
      for (const average of ["macro", "micro", "weighted"] as const) {
        const want = meanScore(counted(3, truth, predicted), { score, average });
        expect(meanScore(counted(5, truth, predicted), { score, average })).toBeCloseTo(want, 12);
        const renamed = (labels: number[]) => labels.map((label) => (label + 1) % 3);
        expect(meanScore(counted(3, renamed(truth), renamed(predicted)), { score, average })).toBeCloseTo(want, 12);
        expect(meanScore(counted(3, truth, truth), { score, average })).toBe(1);
      }
  });

  it("of images are averaged over the images that have one", () => {
    const images = [counted(2, [0, 0], [0, 0]), counted(2, [0, 1, 1, 1], [0, 0, 0, 1]), counted(2, [255], [0])];
    expect(meanScore(images)).toBeCloseTo((1 + (1 / 3 + 1 / 3) / 2) / 2, 12);
    expect(meanScore(images, { score: "accuracy", average: "micro" })).toBeCloseTo((1 + 2 / 4) / 2, 12);
  });

  // IoU = Dice / (2 − Dice), class by class
  it("of overlap determine one another", () => {
    for (const { iou, dice } of classScores(example()))
      if (iou !== undefined) expect(iou).toBeCloseTo(dice! / (2 - dice!), 12);
  });

  it("of nothing there are not, nor by other names", () => {
    expect(() => meanScore(confusionMatrix({ classes: 2 }))).toThrow(
      "meanScore: expected at least one pixel that is not ignored, got none; nothing has been counted.",
    );
    expect(() => meanScore([])).toThrow("meanScore: expected at least one pixel");
    expect(() => meanScore(example(), { average: "mean" as "macro" })).toThrow(
      "meanScore: `average` must be one of macro",
    );
    expect(() => meanScore(example(), { score: "f2" as "iou" })).toThrow("meanScore: `score` must be one of iou, dice");
  });
});
