import { inferenceContext, rng, trainingContext, type LargeImage } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { attentionSampling, convAttention, convFeatures, zoomIn } from "../src/index.js";
import type { SamplingPlan, PatchSampler, SampledPatches, ZoomInPlan } from "../src/index.js";
import { estimate } from "./support.js";

const smallFeatures = () => convFeatures({ channels: [6, 5], kernel: 3 });

/** An image of any size, which is computed where it is read. */
const large = (width: number, height: number): LargeImage => ({
  width,
  height,
  read: ({ left, top, width, height }, scale = 1) => {
    const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
    const data = Uint8Array.from({ length: w * h * 3 }, (_, i) => 1 + ((left * 7 + top * 11 + i * 13) % 251));
    return Promise.resolve({ width: w, height: h, channels: 3, data });
  },
});

const still = inferenceContext();
const learning = trainingContext(rng(1));
const networks = () => ({ first: convAttention(), second: convAttention(), features: smallFeatures() });
const zoom = (options: { readonly firstScale?: number; readonly first?: "grid" | "map" } = {}) =>
  zoomIn(networks(), {
    ...{ tile: [64, 64], firstScale: 1 / 8, secondScale: 1 / 4, patch: [16, 16], samples: 8, ...options },
  });

/** Most bytes that tensors took at once while `task` ran, beyond those that were there before. */
async function peakOf(task: () => Promise<unknown> | tf.TensorContainer): Promise<number> {
  const { numBytes } = tf.memory();
  const { peakBytes } = await tf.profile(async () => {
    tf.dispose((await task()) as tf.TensorContainer);
    return tf.scalar(0);
  });
  return peakBytes - numBytes;
}

/** Of a step of learning. */
const peakOfLearning = <P extends SamplingPlan>(
  sampler: PatchSampler<P>,
  sampled: readonly SampledPatches<P>[],
): Promise<number> =>
  peakOf(() => {
    const { value, grads } = tf.variableGrads(() => tf.sum(estimate(sampler, sampled, learning).vectors));
    return [value, ...Object.values(grads)];
  });

/**
 * As much for each further one between the first two sizes as between the last two; to grow with the square would be
 * three times.
 */
function expectEven(sizes: readonly [number, number, number], [a, b, c]: readonly number[], least: number): void {
  const [early, late] = [(b! - a!) / (sizes[1] - sizes[0]), (c! - b!) / (sizes[2] - sizes[1])];
  expect(early).toBeGreaterThan(least);
  expect(Math.abs(late / early - 1)).toBeLessThan(0.1);
}

describe("the memory of planning and reading", () => {
  it("grows by the same for each further patch", async () => {
    const sampler = attentionSampling(
      { attention: convAttention(), features: smallFeatures() },
      { scale: 1 / 8, patch: [16, 16], samples: 1 },
    );
    const sizes = [8, 24, 40] as const;
    const peaks: number[] = [];
    const image = large(256, 256);
    for (const samples of sizes) {
      const plan = await sampler.plan(image, learning, { samples });
      peaks.push(await peakOfLearning(sampler, [await sampler.read(image, plan)]));
    }
    expectEven(sizes, peaks, 4 * 16 * 16 * 6); // the first map of a patch
  });

  it("grows by the same for each further tile that patches are drawn in", async () => {
    const sampler = zoom();
    const image = large(512, 512);
    const { tileMap, patchMaps } = await sampler.plan(image, learning, { mode: "exact" });
    /** One patch of each of the first few tiles. */
    const into = (count: number): ZoomInPlan => {
      const first = <T>(xs: ArrayLike<T>) => Array.from(xs).slice(0, count);
      const drawOf = (indices: readonly number[]) => ({
        indices: Int32Array.from(indices),
        factors: new Float64Array(indices.length).fill(1),
        times: new Int32Array(indices.length).fill(1),
      });
      const few = first(patchMaps).map((one) => ({ ...one, draw: drawOf([0]), regions: one.regions.slice(0, 1) }));
      const draw = drawOf(first(tileMap.draw.indices));
      return { tileMap: { ...tileMap, draw }, patchMaps: few, regions: few.flatMap(({ regions }) => regions) };
    };
    const sizes = [8, 16, 32] as const;
    const peaks: number[] = [];
    for (const count of sizes) peaks.push(await peakOfLearning(sampler, [await sampler.read(image, into(count))]));
    expectEven(sizes, peaks, 4 * 16 * 16 * (6 + 8)); // the first map of a patch, and of the view of its tile
  });

  it("grows with the square of the scale", async () => {
    const peaks: number[] = [];
    for (const scale of [1 / 32, 1 / 16, 1 / 8]) {
      const parts = { attention: convAttention(), features: smallFeatures() };
      const sampler = attentionSampling(parts, { scale, patch: [16, 16], samples: 4 });
      peaks.push(await peakOf(() => sampler.plan(large(1024, 1024), still).then(() => null)));
    }
    expect(peaks[1]! / peaks[0]!).toBeCloseTo(4, 1);
    expect(peaks[2]! / peaks[1]!).toBeCloseTo(4, 1);
  });

  it("does not grow with the image where tiles are scored one after another, and does with a view of all", async () => {
    const peak = (sampler: PatchSampler, side: number) =>
      peakOf(() => sampler.plan(large(side, side), still).then(() => null));
    const sides = [512, 1024, 2048] as const; // 64, 256 and 1,024 tiles
    const [grid, map]: [number[], number[]] = [[], []];
    for (const side of sides) {
      grid.push(await peak(zoom(), side));
      map.push(await peak(zoom({ first: "map" }), side));
    }
    expect(grid[2]! - grid[0]!).toBeLessThan(16 * 1024); // a few numbers a tile; a view of one has 768
    expect(map[2]! / map[1]!).toBeCloseTo(4, 1);
  });

  it("has the views of tiles that are only scored in learning alone", async () => {
    const sampler = zoom();
    expect((await sampler.plan(large(512, 512), still)).tileMap.views).toHaveLength(0);
    expect((await sampler.plan(large(512, 512), learning)).tileMap.views).toHaveLength(64);
  });
});
