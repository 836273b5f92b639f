import {
  batchNorm,
  conv2d,
  globalAveragePool,
  inferenceContext,
  rng,
  sequential,
  trainingContext,
  type Context,
} from "@fovea/nn";
import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  attentionSampling,
  toUnitRange,
  zoomIn,
  type FeatureNetwork,
  type SamplingOptions,
  type PatchSampler,
} from "../src/index.js";
import { estimate, noise, tinyAttention, tinyFeatures } from "./support.js";

const image = noise(24, 16);
const still = inferenceContext();
const sizes = { tile: [8, 6], firstScale: 1 / 4, secondScale: 1 / 2, patch: [3, 3] } as const;

const oneStage = (samples: number, features = tinyFeatures()) =>
  attentionSampling({ attention: tinyAttention(), features }, { scale: 1 / 4, patch: [3, 3], samples });
const twoStages = (samples: number, features = tinyFeatures()) =>
  zoomIn({ first: tinyAttention(3), second: tinyAttention(4), features }, { ...sizes, samples });
const both = (samples: number, features: () => FeatureNetwork) =>
  [oneStage(samples, features()), twoStages(samples, features())] as PatchSampler[];

/** A feature network that counts the patches it is shown. */
function counting(counts: number[]): FeatureNetwork {
  const features = tinyFeatures();
  return {
    ...features,
    forward(patches, ctx) {
      counts.push(patches.shape[0]);
      return features.forward(patches, ctx);
    },
  };
}

async function gradientsOf(
  sampler: PatchSampler,
  ctx: Context,
  options: SamplingOptions,
): Promise<Record<string, tf.Tensor>> {
  const sampled = [await sampler.read(image, await sampler.plan(image, ctx, options))];
  const { value, grads } = tf.variableGrads(() => {
    const { vectors } = estimate(sampler, sampled, ctx);
    return tf.sum(tf.mul(vectors, tf.range(1, 1 + vectors.shape[1])));
  });
  const named = Object.entries(sampler.params).map(([key, { name }]) => [key, grads[name]!] as const);
  return { value, ...Object.fromEntries(named) };
}

describe("the number of patches", () => {
  it.each([1, 2, 5, 9])("is min(n_c, all there are) patches of tile c, %d together at the most", async (samples) => {
    const counts: number[] = [];
    const sampler = twoStages(samples, counting(counts));
    for (let seed = 0; seed < 8; seed++) {
      const ctx = trainingContext(rng(seed));
      const plan = await sampler.plan(image, ctx);
      const { times } = plan.tileMap.draw;
      expect(times.reduce((a, b) => a + b)).toBe(samples);
      expect(times).toHaveLength(plan.patchMaps.length);
      const due = plan.patchMaps.reduce((sum, { attention }, k) => sum + Math.min(times[k]!, attention.length), 0);
      estimate(sampler, [await sampler.read(image, plan)], ctx);
      expect(counts.at(-1)).toBe(due);
      expect(due).toBeLessThanOrEqual(samples);
    }
  });

  it("is all of a tile that is drawn more often than it has places", async () => {
    const sampler = twoStages(5000);
    const { tileMap, patchMaps, regions } = await sampler.plan(image, trainingContext(rng(1)));
    expect(patchMaps).toHaveLength(8); // of 2 × 4
    for (const { draw, attention } of patchMaps) expect(draw.indices).toHaveLength(attention.length);
    expect(tileMap.draw.times.reduce((a, b) => a + b)).toBe(5000);
    expect(regions).toHaveLength(8 * 12);
  });
});

describe("many tiles", () => {
  const wide = noise(6 * 40, 8);
  const sampler = twoStages(60);

  it("have attention each for its own view, though views are read a few at a time", async () => {
    const { tileMap, patchMaps } = await sampler.plan(wide, still, { mode: "exact" });
    expect(tileMap.attention).toHaveLength(40);
    const attention = tinyAttention(3);
    const scores = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const view = await wide.read({ left: 6 * i, top: 0, width: 6, height: 8 }, 1 / 4);
        return tf.logSumExp(attention.forward(toUnitRange([view]), still)).dataSync()[0]!;
      }),
    );
    const expected = tf.softmax(tf.tensor1d(scores)).dataSync();
    tileMap.draw.indices.forEach((tile, k) => {
      expect(tileMap.attention[tile]).toBeCloseTo(expected[tile]!, 5);
      const { left, width } = tileMap.regions[k]!;
      expect([left, width]).toEqual([6 * tile, 6]);
      for (const region of patchMaps[k]!.regions) {
        const middle = region.left + region.width / 2;
        expect(middle >= left - 1 && middle <= left + width + 1).toBe(true);
      }
    });
  });

  it("get as many patches as they were drawn, the last ones too", async () => {
    const { tileMap, patchMaps } = await sampler.plan(wide, trainingContext(rng(2)), { samples: 200 });
    expect(tileMap.draw.indices.length).toBeGreaterThan(33);
    patchMaps.forEach(({ draw, attention }, k) =>
      expect(draw.indices).toHaveLength(Math.min(tileMap.draw.times[k]!, attention.length)),
    );
  });
});

describe("options", () => {
  const parts = () => ({ attention: tinyAttention(1, 20), features: tinyFeatures() });
  const config = { scale: 1 / 4, patch: [3, 3], samples: 40 } as const;

  it("draw a cell again with replacement, and not without", async () => {
    const [again, once] = [true, false].map((replacement) => attentionSampling(parts(), { ...config, replacement }));
    const timesOf = async (sampler: typeof again) => [
      ...(await sampler!.plan(image, trainingContext(rng(1)))).attentionMap.draw.times,
    ];
    const times = await timesOf(again);
    expect(times.reduce((a, b) => a + b)).toBe(40);
    expect(Math.max(...times)).toBeGreaterThan(1);
    expect(await timesOf(once)).toEqual(Array.from({ length: 24 }, () => 1));
  });

  it("place the first cell at the first pixel, or in the middle of its share", async () => {
    const first = async (placement: "centre" | "corner") => {
      const sampler = attentionSampling(parts(), { ...config, placement });
      return (await sampler.plan(image, still, { mode: "exact" })).regions[0];
    };
    expect(await first("corner")).toMatchObject({ left: -1, top: -1 });
    expect(await first("centre")).toMatchObject({ left: 1, top: 1 });
  });
});

describe("as many patches as there are places", () => {
  it("are the exact sum and its exact gradients, with nothing random", async () => {
    const sampler = oneStage(24);
    const exact = await gradientsOf(sampler, trainingContext(rng(0)), { mode: "exact" });
    for (const samples of [24, 99])
      for (let seed = 0; seed < 4; seed++) {
        const found = await gradientsOf(sampler, trainingContext(rng(seed)), { mode: "sample", samples });
        for (const [key, gradient] of Object.entries(exact)) assertClose(found[key]!, gradient, 1e-6);
      }
    const fewer = await gradientsOf(sampler, trainingContext(rng(1)), { mode: "sample", samples: 23 });
    expect(Math.abs(fewer["value"]!.dataSync()[0]! - exact["value"]!.dataSync()[0]!)).toBeGreaterThan(1e-4);
  });
});

/** With batch norm, which learns statistics beside weights. */
function normedFeatures(): FeatureNetwork {
  const layers = sequential({ conv: conv2d({ in: 3, out: 5, kernel: 3, seed: 6 }), norm: batchNorm({ channels: 5 }) });
  return { ...layers, forward: (patches, ctx) => tf.tidy(() => globalAveragePool(layers.forward(patches, ctx))) };
}

describe("planning and reading", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("changes neither weights nor statistics, but for the estimate that is to be learned from", async () => {
    for (const sampler of both(4, normedFeatures)) {
      const state = () =>
        Object.entries({ ...sampler.params, ...sampler.buffers }).map(([key, x]) => [key, [...x.dataSync()]]);
      expect(Object.keys(sampler.buffers)).toHaveLength(2);
      const before = state();
      const learning = trainingContext(rng(1));
      const sampled = [await sampler.read(image, await sampler.plan(image, learning))];
      for (const mode of ["topk", "exact"] as const) {
        const plan = await sampler.plan(image, still, { mode });
        estimate(sampler, [await sampler.read(image, plan)], still);
      }
      expect(state()).toEqual(before);
      estimate(sampler, sampled, learning);
      const changed = state().filter(([, values], i) => JSON.stringify(values) !== JSON.stringify(before[i]![1]));
      expect(changed.map(([key]) => key)).toEqual(["features.norm.running_mean", "features.norm.running_var"]);
    }
  });

  it("draws random numbers from its generator only, which it leaves as it was", async () => {
    const [random, generator] = [vi.spyOn(Math, "random"), rng(4)];
    const before = [...generator.uint32(5)];
    for (const sampler of both(4, tinyFeatures)) {
      const sample = async (options?: SamplingOptions) => (await sampler.plan(image, still, options)).regions;
      const first = await sample({ mode: "sample", rng: generator });
      expect(await sample({ mode: "sample", rng: generator })).toEqual(first);
      expect(await sample()).toEqual(await sample({ rng: rng(99) })); // `topk`, which has no use for it
    }
    expect([...generator.uint32(5)]).toEqual(before);
    expect(random).not.toHaveBeenCalled();
  });
});
