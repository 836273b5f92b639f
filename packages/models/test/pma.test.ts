import { convNet } from "@fovea/backbones";
import { crossEntropy } from "@fovea/losses";
import { inferenceContext, rng, trainingContext, valueAndGradients } from "@fovea/nn";
import { assertClose, assertNoLeak, moduleContract, randomTensor, sgdStep } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bimodalPma, visionPma, type BimodalPmaConfig } from "../src/index.js";
import { wordIds, wordMeans } from "./pma-support.js";

const [classes, batch, side] = [3, 2, 32];
const still = inferenceContext();
const size = { classes, localDim: 5, finalDim: 7, reduction: 2, dropout: 0.2, seed: 2 };
const encoder = () => convNet({ channels: [4, 6], seed: 1 }); // stride 4: maps of 8 × 8 cells, 16 blocks
const make = (config: Partial<BimodalPmaConfig> = {}) =>
  bimodalPma(encoder(), wordMeans(11, 5, 3), { ...size, ...config });
const images = (seed = 0) => randomTensor<tf.Tensor4D>([batch, side, side, 3], seed);
const text = () => wordIds([[[2, 3], [4], [5, 6, 7]], [[8]]]);
const noText = () => wordIds([[[2, 3], [4], [5, 6, 7]], []]);

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const models = {
  bimodalPma: () => make(),
  "bimodalPma that learns to do without text": () => make({ missingText: "learned", textDropout: 0.4 }),
  "bimodalPma with stages of their own": () => make({ shareStages: false, stages: 2 }),
  visionPma: () => visionPma(encoder(), size),
};

describe.each(Object.entries(models))("%s", (_, make) => {
  for (const check of moduleContract({
    make,
    input: images,
    forward: (model, x, ctx) => tf.tidy(() => model.forward(x as tf.Tensor4D, tf.slice(text(), 0, x.shape[0]), ctx)),
    gradient: { epsilon: 1e-3, tolerance: 3e-2 }, // ReLUs have kinks
  }))
    it(check.name, check.run);
});
it.each(["zeros", "learned"] as const)("works", (missingText) => {
  expect(() => make().forward(images(), noText(), still)).toThrow("sample 1");
  const m = make({ missingText });
  assertClose(tf.slice(m.forward(images(), noText(), still), 1, 1), tf.slice(m.forward(images(), null, still), 1, 1));
  void valueAndGradients;
  void sgdStep;
  void crossEntropy;
  void assertNoLeak;
  void rng;
  void trainingContext;
});
