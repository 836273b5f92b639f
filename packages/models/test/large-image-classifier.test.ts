import { convNet } from "@fovea/backbones";
import { addLosses, attentionContrast, crossEntropy } from "@fovea/losses";
import { inferenceContext, rng, trainingContext, type Context, type LargeImage } from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import { encoderFeatures, type SampledPatches } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  attentionSamplingClassifier,
  fullImageClassifier,
  zoomInClassifier,
  type LargeImageClassifier,
} from "../src/index.js";

/** A dark image with a square of light somewhere, which is red or blue. */
function needle(label: number, seed: number, side = 96): LargeImage & { reads: number } {
  const [left, top] = [0, 1].map((i) =>
    Math.floor(
      rng(seed)
        .split("at", i)
        .uniform(1, 8, side - 24)[0]!,
    ),
  ) as [number, number];
  const image = {
    width: side,
    height: side,
    reads: 0,
    read(region: Parameters<LargeImage["read"]>[0], scale = 1) {
      image.reads++;
      const [w, h] = [Math.round(region.width * scale), Math.round(region.height * scale)];
      const data = new Uint8Array(w * h * 3).fill(20);
      for (let row = 0; row < h; row++)
        for (let column = 0; column < w; column++) {
          const [x, y] = [region.left + (column + 0.5) / scale - left, region.top + (row + 0.5) / scale - top];
          if (x >= 0 && y >= 0 && x < 16 && y < 16) data[3 * (row * w + column) + 2 * label] = 250;
        }
      return Promise.resolve({ width: w, height: h, channels: 3 as const, data });
    },
  };
  return image;
}

const attention = () =>
  attentionSamplingClassifier({
    classes: 2,
    scale: 1 / 8,
    patch: [16, 16],
    samples: 4,
    seed: 1,
  }) as unknown as LargeImageClassifier;
const zoom = (first: "grid" | "map" = "grid") =>
  zoomInClassifier({
    ...{ classes: 2, first, tile: [32, 32] as const, firstScale: 1 / 8, secondScale: 1 / 4 },
    ...{ patch: [16, 16] as const, samples: 4, seed: 1 },
  }) as unknown as LargeImageClassifier;
const still = inferenceContext();

const forward = (model: LargeImageClassifier, patches: readonly SampledPatches[], ctx: Context) =>
  model.forward(model.collate(patches, ctx), ctx);

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe.each<[string, () => LargeImageClassifier]>([
  ["attentionSamplingClassifier", attention],
  ["zoomInClassifier, grid", () => zoom()],
  ["zoomInClassifier, map", () => zoom("map")],
])("%s", (_, make) => {
  it("predicts probabilities, the same whenever it is asked, and says where it looked", async () => {
    const model = make();
    const image = needle(1, 3);
    const { probabilities, plans } = await model.predict(image);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect((await model.predict(image)).probabilities).toEqual(probabilities);
    expect(plans[0]!.regions.length).toBeLessThanOrEqual(4);
    const seen = await model.sample(image, still);
    assertClose(tf.softmax(forward(model, [seen], still).logits).dataSync(), probabilities, 1e-6);
  });

  it("averages passes that look by chance", async () => {
    const model = make();
    const image = needle(0, 4);
    const { probabilities, plans } = await model.predict(image, { mode: "sample", rng: rng(5), passes: 3 });
    expect(plans).toHaveLength(3);
    expect(new Set(plans.map(({ regions }) => JSON.stringify(regions))).size).toBeGreaterThan(1);
    const each = plans.map((plan) => plan.regions.length);
    expect(Math.max(...each)).toBeLessThanOrEqual(4);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it("gives every weight a gradient", async () => {
    const model = make();
    const ctx = trainingContext(rng(6));
    const images = [needle(0, 1), needle(1, 2), needle(1, 7)];
    const seen = await Promise.all(images.map((image) => model.sample(image, ctx)));
    const { grads } = tf.variableGrads(() => {
      const { logits, negativeEntropy } = forward(model, seen, ctx);
      return tf.add<tf.Scalar>(crossEntropy(logits, tf.tensor1d([0, 1, 1], "int32")), tf.mul(negativeEntropy, 0.01));
    });
    for (const [key, { name }] of Object.entries(model.params))
      expect(tf.max(tf.abs(grads[name]!)).dataSync()[0], key).toBeGreaterThan(0);
  });

  it("answers images in any order, each for itself", async () => {
    const model = make();
    const sampling = [needle(0, 1), needle(1, 2), needle(1, 7)].map((image, i) =>
      model.sample(image, trainingContext(rng(6).split(i))),
    );
    const sampled = await Promise.all(sampling);
    const { logits } = forward(model, sampled, trainingContext(rng(6)));
    assertClose(forward(model, sampled.toReversed(), trainingContext(rng(6))).logits, tf.reverse(logits, 0), 1e-5);
    assertClose(forward(model, [sampled[1]!], trainingContext(rng(6))).logits, tf.slice(logits, 1, 1), 1e-5);
  });

  it("has a contrast that is a number where attention has but one cell, and none for an image of the background", async () => {
    const model = make();
    const ctx = trainingContext(rng(6));
    const read: LargeImage["read"] = ({ width, height }, scale = 1) => {
      const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
      return Promise.resolve({ width: w, height: h, channels: 3, data: new Uint8Array(w * h * 3).fill(90) });
    };
    const away = [await model.sample({ width: 4, height: 4, read }, ctx, { contrast: true })];
    const gradientsFor = (label: number) => {
      const { value, grads } = tf.variableGrads(() =>
        attentionContrast(forward(model, away, ctx).logits, tf.tensor1d([label], "int32")),
      );
      return [value, ...Object.values(grads)].map((x) => tf.max(tf.abs(x)).dataSync()[0]!);
    };
    expect(gradientsFor(1).every(Number.isFinite)).toBe(true);
    expect(gradientsFor(1)[0]).toBeGreaterThan(0);
    expect(Math.max(...gradientsFor(0))).toBe(0);
  });

  it("leaves nothing behind, prediction after prediction", async () => {
    const model = make();
    await model.predict(needle(0, 1));
    const { numTensors } = tf.memory();
    for (let i = 0; i < 5; i++) await model.predict(needle(i % 2, i));
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

it("is not changed by predicting: weights, statistics, and what is random elsewhere", async () => {
  const random = vi.spyOn(Math, "random");
  const model = zoomInClassifier(
    { classes: 2, tile: [32, 32], firstScale: 1 / 8, secondScale: 1 / 4, patch: [16, 16], samples: 4, dim: 7 },
    { features: encoderFeatures(convNet({ channels: [5, 7], seed: 1 })) },
  );
  const state = () => Object.entries({ ...model.params, ...model.buffers }).map(([key, x]) => [key, [...x.dataSync()]]);
  expect(Object.keys(model.buffers).length).toBeGreaterThan(0);
  const before = state();
  const chance = rng(5);
  for (const options of [{}, { mode: "sample", rng: chance, passes: 2 }, { mode: "exact" }] as const) {
    const first = await model.predict(needle(1, 3), options);
    expect(await model.predict(needle(1, 3), options)).toEqual(first);
  }
  expect(state()).toEqual(before);
  expect(random).not.toHaveBeenCalled();
  random.mockRestore();
});

it("finds a needle after training, which attention has learned to look at, with contrast", async () => {
  const model = attention();
  const labels = [0, 1, 0, 1, 0, 1, 0, 1];
  for (let step = 0; step < 40; step++) {
    const ctx = trainingContext(rng(8).split("step", step));
    const images = labels.map((label, i) => needle(label, step * 8 + i));
    const seen = await Promise.all(images.map((image) => model.sample(image, ctx)));
    const away = await Promise.all(images.map((image) => model.sample(image, ctx, { contrast: true })));
    tf.tidy(() => {
      const { grads } = tf.variableGrads(() => {
        const targets = tf.tensor1d(labels, "int32");
        const ce = crossEntropy(forward(model, seen, ctx).logits, targets);
        const contrast = attentionContrast(forward(model, away, ctx).logits, targets, { background: null });
        return addLosses({ ce, contrast: tf.mul<tf.Scalar>(contrast, 0.1) }).total;
      });
      for (const param of Object.values(model.params)) {
        const gradient = grads[param.name]!;
        const length = tf.add(tf.norm(gradient), 1e-6);
        param.assign(tf.sub(param, tf.mul(tf.div(gradient, length), 0.05)));
      }
    });
  }
  const answers = await Promise.all(labels.map((label, i) => model.predict(needle(label, 10_000 + i))));
  const right = answers.filter(({ probabilities }, i) => probabilities[labels[i]!]! > 0.5).length;
  expect(right).toBeGreaterThanOrEqual(7);
});

it("refuses sizes that cannot be", () => {
  const sizes = { tile: [8, 8], firstScale: 1, secondScale: 1, patch: [4, 4], samples: 1 } as const;
  const { numTensors } = tf.memory();
  expect(() => zoomInClassifier({ classes: 0, ...sizes })).toThrow(
    "`classes` must be a whole number of at least 1, got 0",
  );
  expect(() => attentionSamplingClassifier({ classes: 2, scale: 2, patch: [4, 4], samples: 1 })).toThrow(
    "`scale` must",
  );
  expect(() => fullImageClassifier({ classes: 2, scale: 0 })).toThrow("`scale` must be in (0, 1], got 0");
  expect(tf.memory().numTensors).toBe(numTensors);
});
