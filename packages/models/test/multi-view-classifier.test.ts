import * as tf from "@tensorflow/tfjs-core";
import {
  attentionFusion,
  concatFusion,
  maxFusion,
  meanFusion,
  meanProbabilities,
  tokenFusion,
  type Fusion,
} from "@fovea/fusion";
import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import { assertClose, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { multiViewClassifier } from "../src/index.js";
import { BATCH, CLASSES, images, SIDE, tinyStem, VIEWS, wakeHead } from "./support.js";

const ctx = inferenceContext();
const config = { classes: CLASSES, imageSize: [SIDE, SIDE], dim: 8, depth: 1, heads: 2, headDropout: 0 } as const;

function classifier(fusion: Fusion, mergeStage?: string) {
  const stem = tinyStem();
  const model = multiViewClassifier(stem, { ...config, ...(mergeStage && { mergeStage }) }, { fused: fusion });
  wakeHead(model);
  return model;
}

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const lowStage = tinyStem().stages[0]!.name;
const everywhere: [string, () => ReturnType<typeof classifier>][] = [
  ["early, at the image", () => classifier(meanFusion("image"))],
  ["early, at a low map", () => classifier(maxFusion("map"), lowStage)],
  ["at the tokenized map", () => classifier(concatFusion({ at: "map", slots: VIEWS, channels: 7 }))],
  ["token", () => classifier(tokenFusion({ dim: 8, slots: VIEWS }))],
  ["late, mean", () => classifier(meanFusion("vector"))],
  ["late, attention", () => classifier(attentionFusion({ dim: 8 }))],
  ["score, logits", () => classifier(meanFusion("logits"))],
  ["score, probabilities", () => classifier(meanProbabilities())],
];

describe.each(everywhere)("multiViewClassifier, %s", (_, make) => {
  it("classifies collections, and its gradient reaches every weight", () => {
    const model = make();
    const { value, grads } = tf.variableGrads(() => {
      const { fused } = model.forward({ views: images() }, trainingContext(rng(1)), ["fused"]);
      expect(fused.shape).toEqual([BATCH, CLASSES]);
      return tf.sum(tf.mul(tf.square(fused), randomTensor(fused.shape, 4))) as tf.Scalar;
    });
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    const still = Object.entries(model.params).filter(
      ([, v]) => !grads[v.name] || tf.norm(grads[v.name]!).dataSync()[0] === 0,
    );
    expect(still.map(([name]) => name)).toEqual([]);
  });

  it("leaves nothing behind in 10 training passes", () => {
    const model = make();
    const views = images();
    assertNoLeak(() => {
      const pass = () => tf.sum(model.forward({ views }, trainingContext(rng(1)), ["fused"]).fused) as tf.Scalar;
      const { value, grads } = tf.variableGrads(pass);
      tf.dispose([value, ...Object.values(grads)]);
    }, 10);
  });
});

it.each(["image", "map", "vector", "logits"] as const)(
  "is the single view's classifier for a mean of one view at the %s",
  (at) => {
    const model = classifier(meanFusion(at));
    const { single, fused } = model.forward({ views: images(0, BATCH, 1) }, ctx, ["single", "fused"]);
    assertClose(fused, tf.squeeze(single, [1]));
  },
);

it("computes early fusion at a low map as the rest of the stem on the merged map", () => {
  const model = classifier(meanFusion("map"), lowStage);
  const views = images(0, 1);
  const { fused } = model.forward({ views }, ctx, ["fused"]);
  const low = model.stem.maps(tf.squeeze(views, [0]), ctx, { take: [lowStage] })[0]!;
  const merged = tf.expandDims(tf.mean(low, 0, true), 1) as tf.Tensor5D;
  assertClose(model.forward({ views: merged, from: "map" }, ctx, ["single"]).single, tf.expandDims(fused, 1));
});

it("names what cannot be", () => {
  const model = classifier(meanFusion("image"));
  const maps = model.encode(images(), ctx);
  expect(() => model.forward({ views: maps, from: "map" }, ctx, ["fused"])).toThrow(
    "multiViewClassifier: the views start at `map`, so they cannot be had at `image`",
  );
  expect(() => model.forward({ views: images() }, ctx, ["fusde" as "fused"])).toThrow(
    "no output `fusde`; there are single, fused.",
  );
  const before = tf.memory().numTensors;
  const stem = model.stem;
  expect(() => multiViewClassifier(stem, { ...config, heads: 3 }, {})).toThrow(
    "multiViewClassifier: `heads` must divide",
  );
  expect(() => multiViewClassifier(stem, { ...config, stage: "nowhere" }, {})).toThrow(
    "multiViewClassifier: no stage `nowhere`",
  );
  expect(tf.memory().numTensors).toBe(before);
});
