import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import { assertClose, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import {
  factorsOf,
  zoomIn,
  type AttentionNetwork,
  type AttentionSamplingPlan,
  type SamplingPlan,
  type PatchSampler,
  type SampledPatches,
  type ZoomInConfig,
  type ZoomInPlan,
} from "../src/index.js";
import { combinations, ordered } from "./enumerate.js";
import { estimate, noise, tinyAttention, tinyFeatures, tinySampling, tinyZoom } from "./support.js";

const image = noise(12, 8);
const learning = trainingContext(rng(1));
const still = inferenceContext();
const oneStage = (samples = 2) => tinySampling({ samples, smoothing: 0 });
const twoStage = (first: "grid" | "map" = "grid", samples = 2) => tinyZoom({ first, samples, smoothing: 0 });

interface Weighted<P> {
  readonly plan: P;
  readonly probability: number;
}

const drawOf = (p: ArrayLike<number>, order: readonly number[]) => ({
  indices: Int32Array.from(order),
  factors: factorsOf(p, order),
  times: new Int32Array(order.length).fill(1),
});

/** Every plan that one stage can come to. */
async function allPlans(
  sampler: PatchSampler<AttentionSamplingPlan>,
  samples: number,
  contrast = false,
): Promise<Weighted<AttentionSamplingPlan>[]> {
  const { attentionMap } = await sampler.plan(image, learning, { mode: "exact", contrast });
  return ordered(Array.from(attentionMap.attention), samples).map(({ order, probability }) => {
    const regions = order.map((i) => attentionMap.regions[i]!);
    return {
      probability,
      plan: { regions, attentionMap: { ...attentionMap, regions, draw: drawOf(attentionMap.attention, order) } },
    };
  });
}

/** Every plan that two stages can come to: every sequence of tiles, and every draw in each of them. */
async function allZooms(
  sampler: PatchSampler<ZoomInPlan>,
  samples: number,
  contrast = false,
): Promise<Weighted<ZoomInPlan>[]> {
  const { tileMap, patchMaps } = await sampler.plan(image, learning, { mode: "exact", contrast });
  const alpha = Array.from(tileMap.attention);
  return combinations(alpha, samples).flatMap(({ order, probability }) => {
    const indices = [...new Set(order)];
    const times = Int32Array.from(indices, (i) => order.filter((x) => x === i).length);
    const factors = Float64Array.from(indices, (i, k) => times[k]! / (samples * alpha[i]!));
    const draw = { indices: Int32Array.from(indices), factors, times };
    let ways: { readonly patchMaps: ZoomInPlan["patchMaps"]; readonly probability: number }[] = [
      { patchMaps: [], probability },
    ];
    indices.forEach((i, k) => {
      const map = patchMaps[i]!;
      ways = ways.flatMap((way) =>
        ordered(Array.from(map.attention), times[k]!).map(({ order, probability }) => {
          const regions = order.map((j) => map.regions[j]!);
          const drawn = { ...map, regions, draw: drawOf(map.attention, order) };
          return { patchMaps: [...way.patchMaps, drawn], probability: way.probability * probability };
        }),
      );
    });
    return ways.map(({ patchMaps, probability }) => ({
      probability,
      plan: {
        tileMap: { ...tileMap, draw, regions: indices.map((i) => tileMap.regions[i]!) },
        patchMaps,
        regions: patchMaps.flatMap(({ regions }) => regions),
      },
    }));
  });
}

/** Value and gradients for every weight, of an even sum over the estimate. */
async function gradientsOf<P extends SamplingPlan>(
  sampler: PatchSampler<P>,
  sampled: readonly SampledPatches<P>[],
): Promise<Record<string, Float32Array>> {
  const { value, grads } = tf.variableGrads(() => {
    const { vectors } = estimate(sampler, sampled, learning);
    return tf.sum(tf.mul(vectors, tf.range(1, 1 + vectors.shape[1], 1)));
  });
  const numbers = (x: tf.Tensor) => x.dataSync().slice() as Float32Array;
  const named = Object.entries(sampler.params).map(([key, { name }]) => [key, numbers(grads[name]!)]);
  const found = { value: numbers(value), ...Object.fromEntries(named) } as Record<string, Float32Array>;
  tf.dispose([value, grads]);
  return found;
}

async function expectUnbiased<P extends SamplingPlan>(
  sampler: PatchSampler<P>,
  plans: readonly Weighted<P>[],
  contrast = false,
): Promise<void> {
  const gradientsAt = async (plan: P) => gradientsOf(sampler, [await sampler.read(image, plan)]);
  const truth = await gradientsAt(await sampler.plan(image, learning, { mode: "exact", contrast }));
  const expected = Object.fromEntries(Object.entries(truth).map(([key, x]) => [key, new Float64Array(x.length)]));
  let certain = 0;
  for (const { plan, probability } of plans) {
    const found = await gradientsAt(plan);
    certain += probability;
    for (const [key, sums] of Object.entries(expected)) found[key]!.forEach((x, i) => (sums[i]! += probability * x));
  }
  expect(certain).toBeCloseTo(1, 5);
  for (const [key, sums] of Object.entries(expected)) assertClose(sums, truth[key]!, 1e-5);
}

describeOnEngines("samplers", () => {
  it("are unbiased over all draws in one stage, and so are the gradients of all weights", async () => {
    const sampler = oneStage();
    const plans = await allPlans(sampler, 2);
    expect(plans).toHaveLength(30);
    await expectUnbiased(sampler, plans);
  });

  it.each<Partial<ZoomInConfig>>([{ first: "grid" }, { first: "grid", score: "mean" }, { first: "map" }])(
    "are unbiased in two stages, with %o",
    async (how) => {
      const sampler = tinyZoom({ ...how, secondScale: 1 / 4, smoothing: 0 });
      await expectUnbiased(sampler, await allZooms(sampler, 2));
    },
  );

  it("give a tile the attention of its cells among those of all tiles, or what their mean is worth", async () => {
    // views of the tiles, side by side, are the view of the full image
    const cells = await oneStage().plan(image, still);
    const logits = tf.log(cells.attentionMap.attention);
    expect([image.width, image.height]).toEqual([12, 8]);
    const grid = tf.reshape(logits, [2, 3]); // rows, columns: a tile is a column
    for (const [score, expected] of [
      ["sum", tf.softmax(tf.logSumExp(grid, 0))],
      ["mean", tf.softmax(tf.mean(grid, 0))],
    ] as const) {
      const sampler = zoomIn(
        { first: tinyAttention(), second: tinyAttention(4), features: tinyFeatures() },
        { score, tile: [8, 4], firstScale: 1 / 4, secondScale: 1 / 2, patch: [3, 2], samples: 2, smoothing: 0 },
      );
      assertClose((await sampler.plan(image, still)).tileMap.attention, expected.dataSync(), 1e-5);
    }
  });

  it("are the attended mean of all features in mode exact", async () => {
    const sampler = oneStage();
    const plan = await sampler.plan(image, still, { mode: "exact" });
    const { patches } = await sampler.read(image, plan);
    const { vectors } = estimate(sampler, [{ plan, patches }], still);
    const p = plan.attentionMap.attention;
    expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(plan.regions).toHaveLength(6);
    expect(tf.norm(vectors).dataSync()[0]).toBeLessThan(1);
    const one = await Promise.all(
      plan.regions.map(async (region) => {
        const alone = {
          ...plan,
          regions: [region],
          attentionMap: { ...plan.attentionMap, attention: Float32Array.of(1), draw: drawOf([1], [0]) },
        };
        return estimate(sampler, [await sampler.read(image, alone)], still).vectors;
      }),
    );
    assertClose(vectors, tf.addN(one.map((f, i) => tf.mul(f, p[i]!))), 1e-5);
    for (const f of one) assertClose(tf.norm(f), 1, 1e-5);
  });

  it.each<[string, () => PatchSampler]>([
    ["one stage", () => oneStage(3)],
    ["two stages", () => twoStage("grid", 5)],
    ["two stages from a map", () => twoStage("map", 5)],
  ])("plan, in %s, the same patches for the same generator, always the same in topk", async (_, make) => {
    const sampler = make();
    const regions = async (...args: Parameters<PatchSampler["plan"]> extends [unknown, ...infer R] ? R : never) =>
      JSON.stringify((await sampler.plan(image, ...args)).regions);
    expect(await regions(learning)).toBe(await regions(learning));
    const others = await Promise.all([1, 2, 3, 4, 5].map((seed) => regions(trainingContext(rng(seed)))));
    expect(new Set(others).size).toBeGreaterThan(1);
    expect(await regions(still)).toBe(await regions(learning, { mode: "topk" }));
    expect(await regions(still, { mode: "sample", rng: rng(4) })).toBe(
      await regions(still, { mode: "sample", rng: rng(4) }),
    );
  });

  it("read no more patches than samples, and in two stages as many of each tile as it was drawn", async () => {
    const sampler = twoStage("grid", 5);
    for (let seed = 0; seed < 10; seed++) {
      const { tileMap, patchMaps, regions } = await sampler.plan(image, trainingContext(rng(seed)));
      expect(tileMap.draw.times.reduce((a, b) => a + b)).toBe(5);
      patchMaps.forEach(({ draw, attention }, k) =>
        expect(draw.indices).toHaveLength(Math.min(tileMap.draw.times[k]!, attention.length)),
      );
      expect(regions.length).toBeLessThanOrEqual(5);
    }
  });

  it("keep their images apart, in any order, and of any size", async () => {
    const other = noise(9, 15, 3);
    const sampler = oneStage(3);
    const sample = async (at: typeof image) => sampler.read(at, await sampler.plan(at, learning));
    const [a, b] = [await sample(image), await sample(other)];
    const both = estimate(sampler, [a, b], learning).vectors;
    assertClose(estimate(sampler, [b, a], learning).vectors, tf.reverse(both, 0), 1e-6);
    assertClose(estimate(sampler, [b], learning).vectors, tf.slice(both, 1, 1), 1e-6);
  });

  it("show the views of one size to a network together, and differ in nothing from showing them one by one", async () => {
    const batches: number[] = [];
    const spied = (network: AttentionNetwork): AttentionNetwork => ({
      ...network,
      forward: (views, ctx) => {
        batches.push(views.shape[0]);
        return network.forward(views, ctx);
      },
    });
    const sampler = zoomIn(
      { first: spied(tinyAttention(3)), second: spied(tinyAttention(4)), features: tinyFeatures() },
      { tile: [8, 6], firstScale: 1 / 4, secondScale: 1 / 3, patch: [3, 2], samples: 2, smoothing: 0 },
    );
    const [a, b] = await Promise.all(
      [image, noise(9, 15, 3)].map(async (at) => sampler.read(at, await sampler.plan(at, learning))),
    );
    expect(batches).toEqual([2, 4, a!.plan.patchMaps.length, b!.plan.patchMaps.length]);
    batches.length = 0;
    const both = await gradientsOf(sampler, [a!, b!]);
    expect(batches).toEqual([6, a!.plan.patchMaps.length + b!.plan.patchMaps.length]);
    const [one, other] = [await gradientsOf(sampler, [a!]), await gradientsOf(sampler, [b!])];
    for (const [key, sums] of Object.entries(both))
      assertClose(
        sums,
        sums.map((_, i) => one[key]![i]! + other[key]![i]!),
        1e-5,
      );
  });

  it("draw from contrast attention, by what attention leaves over", async () => {
    const sampler = oneStage(2);
    const [there, away] = [
      await sampler.plan(image, learning),
      await sampler.plan(image, learning, { contrast: true }),
    ];
    away.attentionMap.attention.forEach((q, i) => expect(q).toBeCloseTo((1 - there.attentionMap.attention[i]!) / 5, 5));
    await expectUnbiased(sampler, await allPlans(sampler, 2, true), true);
  });

  it("draw from contrast attention in both stages", async () => {
    const sampler = twoStage();
    const [there, away] = [false, true].map((contrast) => sampler.plan(image, learning, { mode: "exact", contrast }));
    const [{ patchMaps, tileMap }, other] = [await there!, await away!];
    other.tileMap.attention.forEach((q, i) =>
      expect(q).toBeCloseTo((1 - tileMap.attention[i]!) / (tileMap.attention.length - 1), 5),
    );
    other.patchMaps.forEach(({ attention }, k) => {
      const p = patchMaps[k]!.attention;
      attention.forEach((q, i) => expect(q).toBeCloseTo((1 - p[i]!) / (p.length - 1), 5));
    });
    await expectUnbiased(sampler, await allZooms(sampler, 2, true), true);
  });

  it("see an image smaller than a tile as one tile, with nothing around it", async () => {
    const small = noise(3, 2, 5);
    const sampler = twoStage("grid", 2);
    const plan = await sampler.plan(small, learning);
    expect([...plan.tileMap.attention]).toEqual([1]);
    const { vectors } = estimate(sampler, [await sampler.read(small, plan)], learning);
    expect(tf.all(tf.isFinite(vectors)).dataSync()[0]).toBe(1);
  });

  it("leave nothing behind", async () => {
    for (const sampler of [oneStage(), twoStage()] as PatchSampler[]) {
      const sampled = [await sampler.read(image, await sampler.plan(image, learning))];
      const before = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) await sampler.plan(image, learning);
      expect(tf.memory().numTensors).toBe(before);
      assertNoLeak(() => Object.values(estimate(sampler, sampled, learning)));
      sampler.dispose();
      expect(tf.memory().numTensors).toBeLessThan(before);
    }
  });
});
