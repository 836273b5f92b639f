import { mcLoss } from "@fovea/losses";
import type { FineGrainedClassifier } from "@fovea/models";
import { inferenceContext } from "@fovea/nn";
import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { qualityOf, sisterShare, sisterShareByChance } from "../../src/mcloss/evaluate.js";
import { diversityOf } from "../../src/mcloss/figures.js";

const families = ["cats", "cats", "cats", "dogs", "dogs"];

describe("sisterShare", () => {
  it("counts errors only, and of them those in the family", () => {
    const confusion = [
      [9, 2, 1, 0, 1], // of 4 errors 3 are cats
      [0, 9, 0, 0, 0],
      [0, 0, 9, 0, 0],
      [1, 0, 0, 9, 3], // of 4 errors 3 are dogs
      [0, 0, 0, 0, 9],
    ];
    expect(sisterShare(confusion, families)).toBe(6 / 8);
  });

  it("has nothing to say of no errors", () => {
    expect(
      sisterShare(
        families.map((_, i) => families.map((_, j) => Number(i === j))),
        families,
      ),
    ).toBeNull();
  });

  it("is, by chance, the share of sisters among the other classes", () => {
    expect(sisterShareByChance(families)).toBe((3 * 2 + 2 * 1) / (5 * 4));
  });
});

describe("qualityOf", () => {
  const classes = 7;
  const channels = 2 * classes;
  // The truth is class 0; image b has it at rank b. Each class's two channels peak at another of two places.
  const logits = () =>
    tf.tensor2d(
      [0, 1, 4, 6].map((rank) => Array.from({ length: classes }, (_, c) => (c === 0 ? 0 : c <= rank ? 1 : -1))),
    );
  const maps = () =>
    tf.tensor4d(
      Array.from({ length: 4 * 2 * channels }, (_, i) => (Math.floor(i / channels) % 2 === i % 2 ? 50 : 0)),
      [4, 1, 2, channels],
    );
  const batches = {
    stepsPerEpoch: 2,
    batch: () => Promise.resolve({ x: tf.zeros<tf.Rank.R4>([4, 1, 1, 1]), labels: tf.zeros<tf.Rank.R1>([4], "int32") }),
  };
  const modelOf = (outputs: () => { maps: tf.Tensor4D; logits: tf.Tensor2D }) =>
    ({ outputs }) as unknown as FineGrainedClassifier;

  it("counts ranks, who is taken for whom, and how far channels spread, and leaves nothing behind", async () => {
    const before = tf.memory().numTensors;
    const model = modelOf(() => ({ maps: maps(), logits: logits() }));
    const quality = await qualityOf(model, batches, { classes, pretrained: false });
    expect(quality).toMatchObject({ top1: 1 / 4, top5: 3 / 4, map: 1 }); // equal scores of the map: class 0 comes first
    expect(quality.diversity).toBeCloseTo(2, 5);
    expect(quality.confusion[0]).toEqual([2, 6, 0, 0, 0, 0, 0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("says nothing of the channels where a class has none", async () => {
    const model = modelOf(() => ({ maps: tf.ones([4, 1, 2, classes - 1]), logits: logits() }));
    expect(await qualityOf(model, batches, { classes, pretrained: false })).toMatchObject({
      top1: 1 / 4,
      map: null,
      diversity: null,
    });
  });
});

describe("diversityOf", () => {
  it("is 1 for one place, and the number of channels for places of their own", () => {
    const peak = (at: number) => Array.from({ length: 5 }, (_, k) => (k === at ? 60 : 0));
    expect(diversityOf([peak(1), peak(1), peak(1)])).toBeCloseTo(1, 6);
    expect(diversityOf([peak(0), peak(2), peak(4)])).toBeCloseTo(3, 6);
  });

  it("is the loss's", () => {
    const [classes, xi, height, width] = [2, 3, 3, 5];
    const maps = tf.tidy(() => tf.abs(randomTensor<tf.Tensor4D>([1, height, width, classes * xi])));
    const labels = tf.tensor1d([0], "int32");
    const loss = tf.tidy(
      () => mcLoss(maps, labels, inferenceContext(), { classes }).terms["diversity"]!.dataSync()[0]!,
    );
    const byChannel = tf.tidy(
      () => tf.transpose(tf.reshape(maps, [height * width, classes * xi])).arraySync() as number[][],
    );
    const mine = (diversityOf(byChannel.slice(0, xi)) + diversityOf(byChannel.slice(xi))) / classes;
    expect(mine).toBeCloseTo(loss, 5);
    tf.dispose([maps, labels]);
  });
});
