import { inferenceContext, rng, trainingContext, type LargeImage } from "@fovea/nn";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import {
  attentionOf,
  attentionSampling,
  contrastAttention,
  drawWithoutReplacement,
  drawWithReplacement,
  negativeEntropy,
  zoomIn,
  type PatchSampler,
} from "../src/index.js";
import { estimate, noise, tinyAttention, tinyFeatures } from "./support.js";

const cells = 7;
const logits = randomTensor<tf.Tensor1D>([cells], 5);
const sum = (xs: ArrayLike<number>) => Array.from(xs).reduce((a, b) => a + b, 0);
/** The same everywhere, also outside of it. */
const plain: LargeImage = {
  ...{ width: 24, height: 16 },
  read: ({ width, height }, scale = 1) => {
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    return Promise.resolve({ width: w, height: h, channels: 3, data: new Uint8Array(w * h * 3).fill(99) });
  },
};

describeOnEngines("attention", () => {
  it("sums to 1, with some of it spread evenly, on any number of maps", () => {
    const maps = randomTensor<tf.Tensor2D>([3, cells], 1);
    for (const smoothing of [0, 1e-5, 0.3]) {
      const p = attentionOf(maps, smoothing);
      assertClose(tf.sum(p, 1), tf.ones([3]), 1e-6);
      assertClose(p, tf.add(tf.mul(tf.softmax(maps), 1 - smoothing), smoothing / cells), 1e-7);
    }
    const certain = attentionOf(tf.tensor1d([500, 0, 0]), 0.3);
    assertClose(certain, [0.8, 0.1, 0.1], 1e-6); // none can never be drawn
  });

  it("leaves what sums to 1 too, and most where there was least", () => {
    const away = contrastAttention(attentionOf(logits, 1e-5));
    assertClose(tf.sum(away), 1, 1e-6);
    expect(tf.argMax(away).dataSync()[0]).toBe(tf.argMin(logits).dataSync()[0]);
    assertClose(contrastAttention(tf.tensor1d([0.5, 0.25, 0.25])), [0.25, 0.375, 0.375], 1e-6);
    assertClose(contrastAttention(tf.tensor2d([[1], [1]])), [1, 1], 0); // of one cell, that cell: 0 / 0 is nothing
  });

  it("has gradients that finite differences give", () => {
    assertGradient((z) => attentionOf(z!, 0.1), [logits]);
    assertGradient((z) => contrastAttention(attentionOf(z!, 0.1)), [logits]);
    assertGradient((z) => negativeEntropy(attentionOf(z as tf.Tensor1D, 0.1)), [logits]);
    const p = attentionOf(logits, 0.1);
    assertNoLeak(() => [attentionOf(logits, 0.1), contrastAttention(p), negativeEntropy(p)]);
  });
});

describeOnEngines("negativeEntropy", () => {
  it.each([1, 2, 7, 1000])("is -log(%d) for as many even cells, its least", (count) => {
    const even = tf.fill<tf.Rank.R1>([count], 1 / count);
    assertClose(negativeEntropy(even), -Math.log(count), 1e-4);
    for (let seed = 0; seed < 5; seed++) {
      const other = negativeEntropy(attentionOf(randomTensor<tf.Tensor1D>([count], seed), 0));
      expect(other.dataSync()[0]).toBeGreaterThanOrEqual(-Math.log(count) - 1e-5);
    }
  });

  it("is 0 for attention on one cell, its most, and has a gradient there", () => {
    const one = tf.tensor1d([0, 0, 0, 1, 0, 0, 0]);
    assertClose(negativeEntropy(one), 0, 1e-6);
    const gradient = tf.grad((p) => negativeEntropy(p as tf.Tensor1D))(one);
    expect(tf.all(tf.isFinite(gradient)).dataSync()[0]).toBe(1);
  });

  it("is still at its least: adding it to a loss pulls attention apart in no direction", () => {
    const ofLogits = (z: tf.Tensor) => negativeEntropy(attentionOf(z as tf.Tensor1D, 0));
    assertClose(tf.grad(ofLogits)(tf.fill([cells], 2)), tf.zeros([cells]), 1e-6);
    const z = tf.tensor1d([3, 0, 0, 0]);
    const [first, ...others] = tf.grad(ofLogits)(z).dataSync();
    expect(first).toBeGreaterThan(0); // descent takes from the cell that has most
    for (const other of others) expect(other).toBeLessThan(0);
  });
});

describeOnEngines("an image that is the same everywhere", () => {
  const ctx = trainingContext(rng(1));
  const oneStage = () =>
    attentionSampling(
      { attention: tinyAttention(), features: tinyFeatures() },
      { scale: 1 / 4, patch: [3, 3], samples: 4 },
    );
  const twoStages = () =>
    zoomIn(
      { first: tinyAttention(3), second: tinyAttention(4), features: tinyFeatures() },
      { tile: [8, 8], firstScale: 1 / 4, secondScale: 1 / 2, patch: [3, 3], samples: 4 },
    );

  it("has even attention, and the negative entropy of that", async () => {
    const sampler = oneStage();
    const plan = await sampler.plan(plain, ctx);
    for (const p of plan.attentionMap.attention) expect(p).toBeCloseTo(1 / 24, 6);
    const { negativeEntropy } = estimate(sampler, [await sampler.read(plain, plan)], ctx);
    assertClose(negativeEntropy, -Math.log(24), 1e-4);
  });

  it("has that of its tiles and of all tiles that were chosen, in two stages", async () => {
    const sampler = twoStages();
    const plan = await sampler.plan(plain, ctx);
    for (const p of plan.tileMap.attention) expect(p).toBeCloseTo(1 / 6, 6);
    for (const { attention } of plan.patchMaps) for (const p of attention) expect(p).toBeCloseTo(1 / 16, 6);
    const { negativeEntropy } = estimate(sampler, [await sampler.read(plain, plan)], ctx);
    assertClose(negativeEntropy, -Math.log(6) - plan.patchMaps.length * Math.log(16), 1e-4);
  });

  it("is what every patch is, whichever are drawn", async () => {
    for (const sampler of [oneStage(), twoStages()] as PatchSampler[]) {
      const sampled = async (seed: number, mode?: "topk" | "exact") => {
        const context = trainingContext(rng(seed));
        return sampler.read(plain, await sampler.plan(plain, context, mode && { mode }));
      };
      const batch = [
        await sampled(0, "exact"),
        await sampled(0, "topk"),
        await sampled(1),
        await sampled(2),
        await sampled(3),
      ];
      const rows = tf.unstack(estimate(sampler, batch, ctx).vectors);
      for (const row of rows) {
        assertClose(row, rows[0]!, 1e-5);
        assertClose(tf.norm(row), 1, 1e-5);
      }
    }
  });
});

describeOnEngines("a sampler's attention", () => {
  it("sums to 1, in both stages and away from it, and no estimate is longer than its features", async () => {
    const sampler = zoomIn(
      { first: tinyAttention(3), second: tinyAttention(4), features: tinyFeatures() },
      { tile: [8, 6], firstScale: 1 / 4, secondScale: 1 / 2, patch: [3, 3], samples: 6, smoothing: 0.01 },
    );
    const image = noise(24, 16);
    for (let seed = 0; seed < 6; seed++) {
      const ctx = trainingContext(rng(seed));
      for (const contrast of [false, true]) {
        const plan = await sampler.plan(image, ctx, { contrast });
        for (const { attention } of [plan.tileMap, ...plan.patchMaps]) expect(sum(attention)).toBeCloseTo(1, 5);
        const { vectors } = estimate(sampler, [await sampler.read(image, plan)], ctx);
        expect(tf.norm(vectors).dataSync()[0]).toBeLessThan(1 + 1e-5);
      }
    }
  });

  it("of one cell is all of it, and so is what contrast leaves", async () => {
    const sampler = attentionSampling(
      { attention: tinyAttention(), features: tinyFeatures() },
      { scale: 1 / 4, patch: [3, 3], samples: 3 },
    );
    const ctx = trainingContext(rng(2));
    const image = noise(5, 3);
    for (const contrast of [false, true]) {
      const sampled = await sampler.read(image, await sampler.plan(image, ctx, { contrast }));
      expect([...sampled.plan.attentionMap.attention]).toEqual([1]);
      const { value, grads } = tf.variableGrads(() => tf.sum(estimate(sampler, [sampled], ctx).vectors));
      for (const number of [value, ...Object.values(grads)]) expect(tf.all(tf.isFinite(number)).dataSync()[0]).toBe(1);
    }
  });
});

it("even attention draws all cells alike", () => {
  const even = new Float32Array(20).fill(1 / 20);
  for (const draw of [drawWithoutReplacement, drawWithReplacement]) {
    const counts = new Array<number>(20).fill(0);
    for (let i = 0; i < 1000; i++) {
      const { indices, times } = draw(even, 4, rng(9).split(i));
      indices.forEach((index, k) => (counts[index]! += times[k]!));
    }
    const chiSquare = sum(counts.map((count) => (count - 200) ** 2 / 200));
    expect(chiSquare).toBeLessThan(50); // 19 degrees of freedom: 1 in 7,000 is above 50; without replacement it is less
  }
});

it("attention that is asked for twice, to draw and to learn, is the same", async () => {
  const sampler = attentionSampling(
    { attention: tinyAttention(), features: tinyFeatures() },
    { scale: 1 / 4, patch: [3, 3], samples: 2 },
  );
  const image = noise(24, 16);
  const plan = await sampler.plan(image, trainingContext(rng(3)));
  const sampled = [await sampler.read(image, plan)];
  const [learned, still] = [trainingContext(rng(3)), inferenceContext()].map((ctx) => estimate(sampler, sampled, ctx));
  assertClose(learned!.vectors, still!.vectors, 1e-6);
  assertClose(learned!.negativeEntropy, still!.negativeEntropy, 1e-6);
});
