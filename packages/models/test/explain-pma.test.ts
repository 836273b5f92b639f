import type { PmaStage } from "@fovea/bimodal";
import { inferenceContext } from "@fovea/nn";
import { convNet } from "@fovea/backbones";
import { randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bimodalPma, explainPma, visionPma, type PmaClassifierOutputs } from "../src/index.js";
import { wordIds, wordMeans } from "./pma-support.js";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const row = (...values: number[][]) => tf.tensor2d(values);
const stage = (block: number[], rest: Partial<PmaStage> = {}): PmaStage => ({
  alpha: row([0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]),
  block: tf.tensor1d(block, "int32"),
  availableBlocks: row([1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]),
  beta: row([0.5, 0.25, 0.25], [0, 1, 0]),
  gamma: row([0, 0.5, 0.5], [0, 0, 0]),
  availableLocal: row([1, 1, 1], [0, 1, 0]),
  availableGlobal: row([0, 1, 1], [0, 0, 0]),
  ...rest,
});
/** Maps of 5 × 7 cells of 8 pixels: blocks of 16 pixels in 2 rows and 3 columns. */
const outputs = (...stages: PmaStage[]): PmaClassifierOutputs => ({
  ...{ logits: tf.zeros([2, 4]), features: tf.zeros([2, 3]), stages, grid: [2, 3], stride: 8 },
});

describe("explainPma", () => {
  it("gives the block of each stage as a part of the image", async () => {
    const made = await explainPma(outputs(stage([0, 5]), stage([4, 2])), { imageSize: [40, 56] });
    expect(made.map(({ stages }) => stages.map(({ box }) => box))).toEqual([
      [{ left: 0, top: 0, width: 16, height: 16 }, { left: 16, top: 16, width: 16, height: 16 }],
      [{ left: 32, top: 16, width: 16, height: 16 }, { left: 32, top: 0, width: 16, height: 16 }],
    ]); // prettier-ignore
  });

  it("ends a box where the image ends", async () => {
    const [, second] = await explainPma(outputs(stage([0, 5])), { imageSize: [27, 41] });
    expect(second!.stages[0]!.box).toEqual({ left: 32, top: 16, width: 9, height: 11 });
  });

  it("gives attention as rows and columns, and phrases with what was struck out", async () => {
    const [first, second] = await explainPma(outputs(stage([0, 5])), { imageSize: [40, 56] });
    expect(first!.stages[0]).toMatchObject({
      alpha: [[0, 1, 2], [3, 4, 5]],
      beta: [0.5, 0.25, 0.25],
      gamma: [0, 0.5, 0.5],
      available: [0, 1, 2],
      struck: [0],
    }); // prettier-ignore
    expect(second!.stages[0]).toMatchObject({ alpha: [[6, 7, 8], [9, 10, 11]], available: [1], struck: [1] }); // prettier-ignore
  });

  it("has no phrases where there is only vision", async () => {
    const without = { beta: null, gamma: null, availableLocal: null, availableGlobal: null };
    const [first] = await explainPma(outputs(stage([3, 3], without)), { imageSize: [40, 56] });
    expect(first!.stages[0]).toMatchObject({ beta: [], gamma: [], available: [], struck: [] });
  });

  it("explains models: the brightest place of an image is in the box", async () => {
    const image = tf.buffer<tf.Rank.R4>([1, 32, 48, 3]);
    for (let y = 19; y < 22; y++) for (let x = 35; x < 38; x++) for (let c = 0; c < 3; c++) image.set(9, 0, y, x, c);
    const model = visionPma(convNet({ channels: [4, 4], seed: 1 }), { classes: 2, reduction: 1, stages: 1 });
    const fc1 = model.params["attention.visualScorer.fc1.weight"]!;
    fc1.assign(tf.ones(fc1.shape));
    model.params["attention.visualScorer.fc2.weight"]!.assign(tf.ones([4, 1])); // the score is the sum of the channels
    const made = model.outputs(image.toTensor(), null, inferenceContext());
    const [first] = await explainPma(made, { imageSize: [32, 48] });
    expect(first!.stages[0]!.box).toEqual({ left: 32, top: 16, width: 8, height: 8 });
    expect(first!.stages[0]!.alpha).toHaveLength(4);
    expect(first!.stages[0]!.alpha[0]).toHaveLength(6);
  });

  it("leaves its inputs, and nothing else", async () => {
    const model = bimodalPma(convNet({ channels: [4, 4], seed: 1 }), wordMeans(5, 3), { classes: 2 });
    const made = model.outputs(randomTensor([2, 16, 16, 3]), wordIds([[[1], [2, 3]], [[4]]]), inferenceContext());
    const before = tf.memory().numTensors;
    const [first, second] = await explainPma(made, { imageSize: [16, 16] });
    expect(tf.memory().numTensors).toBe(before);
    expect(made.logits.isDisposed).toBe(false);
    expect(first!.stages[0]!.available).toEqual([0, 1]);
    expect(second!.stages.map(({ available, struck }) => [available, struck])).toEqual([[[0], []], [[0], []], [[0], []]]); // prettier-ignore
  });
});
