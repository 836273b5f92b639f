import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import { assertClose, assertNoLeak } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import {
  factorsOf,
  zoomIn,
  type AttentionNetwork,
  type AttentionPlan,
  type Plan,
  type Sampler,
  type Seen,
  type ZoomInConfig,
  type ZoomInPlan,
} from "../src/index.js";
import { combinations, ordered } from "./enumerate.js";
import { noise, tinyAttention, tinyFeatures, tinySampling, tinyZoom } from "./support.js";

const picture = noise(12, 8);
const learning = trainingContext(rng(1));
const still = inferenceContext();
const oneStage = (samples = 2) => tinySampling({ samples, smoothing: 0 });
const twoStage = (first: "grid" | "map" = "grid", samples = 2) => tinyZoom({ first, samples, smoothing: 0 });

interface Weighted<P> {
  readonly plan: P;
  readonly chance: number;
}

const drawOf = (p: ArrayLike<number>, order: readonly number[]) => ({
  indices: Int32Array.from(order),
  factors: factorsOf(p, order),
  times: new Int32Array(order.length).fill(1),
});

/** Every plan that one stage can come to. */
async function allPlans(
  sampler: Sampler<AttentionPlan>,
  samples: number,
  contrast = false,
): Promise<Weighted<AttentionPlan>[]> {
  const { glance } = await sampler.plan(picture, learning, { mode: "exact", contrast });
  return ordered(Array.from(glance.attention), samples).map(({ order, chance }) => {
    const regions = order.map((i) => glance.regions[i]!);
    return { chance, plan: { regions, glance: { ...glance, regions, draw: drawOf(glance.attention, order) } } };
  });
}

/** Every plan that two stages can come to: every sequence of tiles, and every draw in each of them. */
async function allZooms(
  sampler: Sampler<ZoomInPlan>,
  samples: number,
  contrast = false,
): Promise<Weighted<ZoomInPlan>[]> {
  const { tiles, insides } = await sampler.plan(picture, learning, { mode: "exact", contrast });
  const alpha = Array.from(tiles.attention);
  return combinations(alpha, samples).flatMap(({ order, chance }) => {
    const indices = [...new Set(order)];
    const times = Int32Array.from(indices, (i) => order.filter((x) => x === i).length);
    const factors = Float64Array.from(indices, (i, k) => times[k]! / (samples * alpha[i]!));
    const draw = { indices: Int32Array.from(indices), factors, times };
    let ways: { readonly insides: ZoomInPlan["insides"]; readonly chance: number }[] = [{ insides: [], chance }];
    indices.forEach((i, k) => {
      const inside = insides[i]!;
      ways = ways.flatMap((way) =>
        ordered(Array.from(inside.attention), times[k]!).map(({ order, chance }) => {
          const regions = order.map((j) => inside.regions[j]!);
          const drawn = { ...inside, regions, draw: drawOf(inside.attention, order) };
          return { insides: [...way.insides, drawn], chance: way.chance * chance };
        }),
      );
    });
    return ways.map(({ insides, chance }) => ({
      chance,
      plan: {
        tiles: { ...tiles, draw, regions: indices.map((i) => tiles.regions[i]!) },
        insides,
        regions: insides.flatMap(({ regions }) => regions),
      },
    }));
  });
}

/** Value and gradients for every weight, of an even sum over the estimate. */
async function slopesOf<P extends Plan>(
  sampler: Sampler<P>,
  seen: readonly Seen<P>[],
): Promise<Record<string, Float32Array>> {
  const { value, grads } = tf.variableGrads(() => {
    const { vectors } = sampler.estimate(seen, learning);
    return tf.sum(tf.mul(vectors, tf.range(1, 1 + vectors.shape[1], 1)));
  });
  const numbers = (x: tf.Tensor) => x.dataSync().slice() as Float32Array;
  const named = Object.entries(sampler.params).map(([key, { name }]) => [key, numbers(grads[name]!)]);
  const found = { value: numbers(value), ...Object.fromEntries(named) } as Record<string, Float32Array>;
  tf.dispose([value, grads]);
  return found;
}

async function expectUnbiased<P extends Plan>(
  sampler: Sampler<P>,
  plans: readonly Weighted<P>[],
  contrast = false,
): Promise<void> {
  const slopesAt = async (plan: P) => slopesOf(sampler, [await sampler.read(picture, plan)]);
  const truth = await slopesAt(await sampler.plan(picture, learning, { mode: "exact", contrast }));
  const expected = Object.fromEntries(Object.entries(truth).map(([key, x]) => [key, new Float64Array(x.length)]));
  let certain = 0;
  for (const { plan, chance } of plans) {
    const found = await slopesAt(plan);
    certain += chance;
    for (const [key, sums] of Object.entries(expected)) found[key]!.forEach((x, i) => (sums[i]! += chance * x));
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
    const cells = await oneStage().plan(picture, still); // views of the tiles, side by side, are the view of the whole
    const logits = tf.log(cells.glance.attention);
    expect([picture.width, picture.height]).toEqual([12, 8]);
    const grid = tf.reshape(logits, [2, 3]); // rows, columns: a tile is a column
    for (const [score, expected] of [
      ["sum", tf.softmax(tf.logSumExp(grid, 0))],
      ["mean", tf.softmax(tf.mean(grid, 0))],
    ] as const) {
      const sampler = zoomIn(
        { first: tinyAttention(), second: tinyAttention(4), features: tinyFeatures() },
        { score, tile: [8, 4], firstScale: 1 / 4, secondScale: 1 / 2, patch: [3, 2], samples: 2, smoothing: 0 },
      );
      assertClose((await sampler.plan(picture, still)).tiles.attention, expected.dataSync(), 1e-5);
    }
  });

  it("are the attended mean of all features in mode exact", async () => {
    const sampler = oneStage();
    const plan = await sampler.plan(picture, still, { mode: "exact" });
    const { patches } = await sampler.read(picture, plan);
    const { vectors } = sampler.estimate([{ plan, patches }], still);
    const p = plan.glance.attention;
    expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(plan.regions).toHaveLength(6);
    expect(tf.norm(vectors).dataSync()[0]).toBeLessThan(1);
    const one = await Promise.all(
      plan.regions.map(async (region) => {
        const alone = {
          ...plan,
          regions: [region],
          glance: { ...plan.glance, attention: Float32Array.of(1), draw: drawOf([1], [0]) },
        };
        return sampler.estimate([await sampler.read(picture, alone)], still).vectors;
      }),
    );
    assertClose(vectors, tf.addN(one.map((f, i) => tf.mul(f, p[i]!))), 1e-5);
    for (const f of one) assertClose(tf.norm(f), 1, 1e-5);
  });

  it.each<[string, () => Sampler]>([
    ["one stage", () => oneStage(3)],
    ["two stages", () => twoStage("grid", 5)],
    ["two stages from a map", () => twoStage("map", 5)],
  ])("look as planned, in %s: the same way for the same generator, always the same in topk", async (_, make) => {
    const sampler = make();
    const regions = async (...args: Parameters<Sampler["plan"]> extends [unknown, ...infer R] ? R : never) =>
      JSON.stringify((await sampler.plan(picture, ...args)).regions);
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
      const { tiles, insides, regions } = await sampler.plan(picture, trainingContext(rng(seed)));
      expect(tiles.draw.times.reduce((a, b) => a + b)).toBe(5);
      insides.forEach(({ draw, attention }, k) =>
        expect(draw.indices).toHaveLength(Math.min(tiles.draw.times[k]!, attention.length)),
      );
      expect(regions.length).toBeLessThanOrEqual(5);
    }
  });

  it("keep their pictures apart, in any order, and of any size", async () => {
    const other = noise(9, 15, 3);
    const sampler = oneStage(3);
    const look = async (at: typeof picture) => sampler.read(at, await sampler.plan(at, learning));
    const [a, b] = [await look(picture), await look(other)];
    const both = sampler.estimate([a, b], learning).vectors;
    assertClose(sampler.estimate([b, a], learning).vectors, tf.reverse(both, 0), 1e-6);
    assertClose(sampler.estimate([b], learning).vectors, tf.slice(both, 1, 1), 1e-6);
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
      [picture, noise(9, 15, 3)].map(async (at) => sampler.read(at, await sampler.plan(at, learning))),
    );
    expect(batches).toEqual([2, 4, a!.plan.insides.length, b!.plan.insides.length]);
    batches.length = 0;
    const both = await slopesOf(sampler, [a!, b!]);
    expect(batches).toEqual([6, a!.plan.insides.length + b!.plan.insides.length]);
    const [one, other] = [await slopesOf(sampler, [a!]), await slopesOf(sampler, [b!])];
    for (const [key, sums] of Object.entries(both))
      assertClose(
        sums,
        sums.map((_, i) => one[key]![i]! + other[key]![i]!),
        1e-5,
      );
  });

  it("look away for contrast, by what attention leaves", async () => {
    const sampler = oneStage(2);
    const [there, away] = [
      await sampler.plan(picture, learning),
      await sampler.plan(picture, learning, { contrast: true }),
    ];
    away.glance.attention.forEach((q, i) => expect(q).toBeCloseTo((1 - there.glance.attention[i]!) / 5, 5));
    await expectUnbiased(sampler, await allPlans(sampler, 2, true), true);
  });

  it("look away for contrast in both stages", async () => {
    const sampler = twoStage();
    const [there, away] = [false, true].map((contrast) => sampler.plan(picture, learning, { mode: "exact", contrast }));
    const [{ insides, tiles }, other] = [await there!, await away!];
    other.tiles.attention.forEach((q, i) =>
      expect(q).toBeCloseTo((1 - tiles.attention[i]!) / (tiles.attention.length - 1), 5),
    );
    other.insides.forEach(({ attention }, k) => {
      const p = insides[k]!.attention;
      attention.forEach((q, i) => expect(q).toBeCloseTo((1 - p[i]!) / (p.length - 1), 5));
    });
    await expectUnbiased(sampler, await allZooms(sampler, 2, true), true);
  });

  it("see a picture smaller than a tile as one tile, with nothing around it", async () => {
    const small = noise(3, 2, 5);
    const sampler = twoStage("grid", 2);
    const plan = await sampler.plan(small, learning);
    expect([...plan.tiles.attention]).toEqual([1]);
    const { vectors } = sampler.estimate([await sampler.read(small, plan)], learning);
    expect(tf.all(tf.isFinite(vectors)).dataSync()[0]).toBe(1);
  });

  it("leave nothing behind", async () => {
    for (const sampler of [oneStage(), twoStage()] as Sampler[]) {
      const seen = [await sampler.read(picture, await sampler.plan(picture, learning))];
      const before = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) await sampler.plan(picture, learning);
      expect(tf.memory().numTensors).toBe(before);
      assertNoLeak(() => Object.values(sampler.estimate(seen, learning)));
      sampler.dispose();
      expect(tf.memory().numTensors).toBeLessThan(before);
    }
  });
});
