import { convNet } from "@fovea/backbones";
import {
  attentionFusion,
  concatFusion,
  maxFusion,
  meanFusion,
  meanProbabilities,
  tokenFusion,
  type Fusion,
} from "@fovea/fusion";
import * as models from "@fovea/models";
import { fcnDecoder, segmenter } from "@fovea/segmentation";
import { inferenceContext, rng, trainingContext, type Context, type Module, type LargeImage } from "@fovea/nn";
import { assertClose, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { wordIds, wordMeans } from "./pma-support.js";
import { SIDE, tinyModel, tinyStem, wakeHead } from "./support.js";

/** A model, and how its logits for the first one or two of two items are made. */
interface Smallest {
  readonly module: Module;
  prepare(batch: 1 | 2, ctx: Context): Promise<() => tf.Tensor>;
}

const still = inferenceContext();
const learning = trainingContext(rng(1));
const size = { imageSize: [SIDE, SIDE], classes: 2, dim: 8, depth: 1, heads: 1, headDropout: 0 } as const;

const ofPhrases = (model: models.PmaClassifier): Smallest => ({
  module: model,
  prepare(batch, ctx) {
    const images = tf.slice(randomTensor<tf.Tensor4D>([2, SIDE, SIDE, 3], 2), 0, batch);
    const words = tf.slice(wordIds([[[1]], [[2]]]), 0, batch);
    return Promise.resolve(() => model.forward(images, words, ctx));
  },
});

const ofImages = (model: models.FineGrainedClassifier): Smallest => ({
  module: model,
  prepare(batch, ctx) {
    const images = tf.slice(randomTensor<tf.Tensor4D>([2, SIDE, SIDE, 3], 2), 0, batch);
    return Promise.resolve(() => model.forward(images, ctx));
  },
});

/** Collections of one view. */
const ofViews = (model: models.MvHfmd, output: "fused" | "score" | "single"): Smallest => ({
  module: model,
  prepare(batch, ctx) {
    wakeHead(model);
    const views = tf.slice(randomTensor([2, 1, SIDE, SIDE, 3], 2), 0, batch);
    return Promise.resolve(() => model.forward({ views }, ctx, [output])[output]);
  },
});
const fusedBy = (fused: Fusion) => (): Smallest =>
  ofViews(models.multiViewClassifier(tinyStem(), size, { fused }) as unknown as models.MvHfmd, "fused");

/** Images of few pixels, of which one patch is seen, for one class. */
const ofLargeImages = (model: models.LargeImageClassifier): Smallest => ({
  module: model,
  async prepare(batch, ctx) {
    const seen = await Promise.all([noise(1), noise(2)].map((image) => model.sample(image, ctx, { mode: "topk" })));
    return () => model.forward(model.collate(seen.slice(0, batch), ctx), ctx).logits;
  },
});
const noise = (seed: number): LargeImage => ({
  width: 9,
  height: 7,
  read({ width, height }, scale = 1) {
    const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
    const bytes = rng(seed)
      .split("noise")
      .uint32(w * h * 3);
    return Promise.resolve({ width: w, height: h, channels: 3, data: Uint8Array.from(bytes, (word) => word & 255) });
  },
});
/** Images of 2 × 2 cells: the loss of one, and that of the same image twice. */
const ofSegmenters = (classes: number, config: models.DistillationConfig): Smallest => {
  const make = (seed: number) =>
    segmenter(convNet({ channels: [1], seed }), fcnDecoder({ in: 1, dim: 1 }), { classes });
  const [teacher, student] = [make(1), make(2)];
  const apd = models.adaptivePerspectiveDistillation(teacher, student, config);
  return {
    module: { ...apd, dispose: () => [apd, student, teacher].forEach((part) => part.dispose()) },
    prepare(batch, ctx) {
      const images = tf.tile(randomTensor<tf.Tensor4D>([1, 3, 3, 3], 2), [batch, 1, 1, 1]);
      const labels = tf.zeros<tf.Rank.R3>([batch, 3, 3], "int32");
      return Promise.resolve(() => tf.reshape(apd.loss(images, labels, ctx).total, [1]));
    },
  };
};
/** Maps of 2 × 2 cells, which are one block. */
const oneBlock = () => convNet({ channels: [2, 2, 1] });
const onePart = { classes: 2, stages: 1, localDim: 1, finalDim: 1 };
const patch = { patch: [8, 8], samples: 1, classes: 1 } as const;

/** An entry for every exported model. */
const cases: Readonly<Record<string, readonly (() => Smallest)[]>> = {
  adaptivePerspectiveDistillation: [
    () => ofSegmenters(1, {}),
    () => ofSegmenters(2, { scope: "batch", dim: 1, weights: { channel: 1, pairwise: 1, intraClass: 1 } }),
  ],
  bimodalPma: [() => ofPhrases(models.bimodalPma(oneBlock(), wordMeans(3, 1), { ...onePart, reduction: 1 }))],
  visionPma: [() => ofPhrases(models.visionPma(oneBlock(), onePart))],
  fineGrainedClassifier: [() => ofImages(models.fineGrainedClassifier(convNet({ channels: [4] }), { classes: 2 }))],
  multiViewClassifier: [
    ...[meanFusion("image"), maxFusion("map"), tokenFusion({ dim: 8, slots: 1 }), attentionFusion({ dim: 8 })],
    ...[concatFusion({ at: "map", slots: 1, channels: 7 }), meanFusion("logits"), meanProbabilities()],
  ].map(fusedBy),
  mvHfmd: (["fused", "score", "single"] as const).flatMap((output) => [
    () => ofViews(tinyModel({ slots: null }), output),
    () => ofViews(tinyModel({ slots: 1, shareEncoder: false, heads: 1, depth: 1 }), output),
  ]),
  attentionSamplingClassifier: [
    () => ofLargeImages(models.attentionSamplingClassifier({ ...patch, scale: 1 / 4 }) as models.LargeImageClassifier),
    () => ofLargeImages(models.attentionSamplingClassifier({ ...patch, scale: 1e-3 }) as models.LargeImageClassifier),
  ],
  fullImageClassifier: [() => ofLargeImages(models.fullImageClassifier({ classes: 1 }))],
  zoomInClassifier: (["grid", "map"] as const).map((first) => () => {
    const config = { ...patch, first, tile: [9, 9], firstScale: 1 / 4, secondScale: 1 / 2 } as const;
    return ofLargeImages(models.zoomInClassifier(config) as models.LargeImageClassifier);
  }),
};

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe.each(Object.entries(cases))("%s", (_, makes) => {
  it.each(makes)("says of one what it says of it beside another, and learns from it ($#)", async (make) => {
    const { module, prepare } = make();
    const [one, two] = [await prepare(1, still), await prepare(2, still)];
    assertClose(one(), tf.slice(two(), 0, 1));
    const alone = await prepare(1, learning);
    const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(alone())), Object.values(module.params));
    for (const x of [value, ...Object.values(grads)]) expect(x.dataSync().every(Number.isFinite)).toBe(true);
    module.dispose();
  });
});

it("gives one class all probability", async () => {
  const model = models.fullImageClassifier({ classes: 1 });
  expect([...(await model.predict(noise(1))).probabilities]).toEqual([1]);
});

it("predicts a collection of one view", () => {
  const probabilities = models.predict(tinyModel(), { views: randomTensor([1, 1, SIDE, SIDE, 3], 2) });
  assertClose(tf.sum(probabilities, 1), [1]);
});

it("refuses a collection without views, whatever is asked for", () => {
  const [model, views] = [tinyModel(), tf.zeros([2, 0, SIDE, SIDE, 3])];
  expect(() => model.forward({ views }, still, ["single"])).toThrow(
    `multiViewClassifier: expected \`views\` with at least one view, got [2, 0, ${SIDE}, ${SIDE}, 3].`,
  );
});

it("says so where one class is no choice", () => {
  const one = { ...size, classes: 1 };
  expect(() => models.mvHfmd(tinyStem(), one)).toThrow(
    "mvHfmd: `classes` must be a whole number of at least 2, got 1.",
  );
  expect(() => models.multiViewClassifier(tinyStem(), one, { mean: meanFusion("logits") })).toThrow(
    "multiViewClassifier: `classes` must be a whole number of at least 2, got 1.",
  );
  expect(() => models.fineGrainedClassifier(tinyStem(), { classes: 1 })).toThrow(
    "fineGrainedClassifier: `classes` must be a whole number of at least 2, got 1.",
  );
});

it("visits every export", () => {
  // `largeImageClassifier` is what the three are made by
  const others = ["explainPma", "largeImageClassifier", "predict"];
  expect([...Object.keys(cases), ...others].sort()).toEqual(Object.keys(models).sort());
});
