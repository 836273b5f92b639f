import {
  channelGroups,
  channelMask,
  mcLoss,
  mcLossWeights,
  mcScores,
  crossEntropy,
  type McLossOptions,
} from "@fovea/losses";
import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import { assertClose, assertGradient, assertNoLeak, randomTensor } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { describeOnEngines } from "../../../tools/vitest/engines.js";

const [batch, height, width, classes] = [2, 3, 5, 4];
const groups = [2, 1, 3, 3];
const channels = 9;
const even = { classes: 3 }; // three channels a class
const mapsOf = (seed = 1, shape: [number, number, number, number] = [batch, height, width, channels]) =>
  tf.relu(randomTensor<tf.Tensor4D>(shape, seed));
const labelsOf = (...labels: number[]) => tf.tensor1d(labels, "int32");
const labels = labelsOf(2, 0);
const still = inferenceContext();
const learning = (step = 0) => trainingContext(rng(7).split("step", step));
const numbers = ({ total, terms }: ReturnType<typeof mcLoss>) =>
  [total, terms["discriminality"]!, terms["diversity"]!].map((x) => x.dataSync()[0]!);
const diversityOf = (maps: tf.Tensor4D, options: McLossOptions) =>
  numbers(mcLoss(maps, labelsOf(...new Array<number>(maps.shape[0]).fill(0)), still, options))[2]!;

/** h of a class with these channels; a second class, for there must be two, has the same. */
const spreadOf = (maps: tf.Tensor): number => diversityOf(tf.concat([maps, maps], 3) as tf.Tensor4D, { classes: 2 });

/** The definition, in loops. `masks`: one a sample, 1 where a channel is kept. */
function byHand(maps: tf.Tensor4D, labels: readonly number[], groups: readonly number[], masks: ArrayLike<number>[]) {
  const [batch, h, w, all] = maps.shape;
  const positions = h * w;
  const data = maps.dataSync();
  const at = (b: number, k: number, c: number) => data[(b * positions + k) * all + c]!;
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const firsts = groups.map((_, i) => groups.slice(0, i).reduce((a, b) => a + b, 0));
  const own = (i: number) => range(groups[i]!).map((j) => firsts[i]! + j);
  const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
  const g = range(batch).map((b) =>
    groups.map((_, i) =>
      mean(range(positions).map((k) => Math.max(...own(i).map((c) => masks[b]![c]! * at(b, k, c))))),
    ),
  );
  const ce = g.map((row, b) => Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[labels[b]!]!);
  const softmax = (b: number, c: number) => {
    const e = range(positions).map((k) => Math.exp(at(b, k, c)));
    return e.map((x) => x / e.reduce((a, b) => a + b));
  };
  const h_ = range(batch).map((b) =>
    groups.map((_, i) => {
      const maps = own(i).map((c) => softmax(b, c));
      return range(positions).reduce((sum, k) => sum + Math.max(...maps.map((s) => s[k]!)), 0);
    }),
  );
  return { g, discriminality: mean(ce), h: groups.map((_, i) => mean(h_.map((row) => row[i]!))) };
}

const ones = (n = channels) => new Float32Array(n).fill(1);
const sum = (xs: readonly number[]) => xs.reduce((a, b) => a + b, 0);

describeOnEngines("mcLoss", () => {
  it.each([
    ["equal groups", [3, 3, 3]],
    ["unequal groups", [1, 4, 4]],
    ["groups in any order", groups],
    ["one channel a class", new Array<number>(9).fill(1)],
  ])("is what loops over the definition give, with %s", (_, groups) => {
    const maps = mapsOf();
    const options = { classes: groups.length, groups };
    const { discriminality, h } = byHand(maps, [2, 0], groups, [ones(), ones()]);
    const diversity = sum(h) / groups.length;
    const normalized = 1.5 * discriminality + 20 * (1 - sum(h.map((x, i) => x / groups[i]!)) / groups.length);
    assertClose(numbers(mcLoss(maps, labels, still, options)), [normalized, discriminality, diversity], 1e-5);
    const raw = mcLoss(maps, labels, still, { ...options, alpha: 0.5, beta: 3, reduction: "raw" });
    assertClose(raw.total, 0.5 * discriminality - 3 * diversity, 1e-5);
    const sizes = [...new Set(groups)];
    const bySize = sizes.map((size) => {
      const own = h.filter((_, i) => groups[i] === size);
      return 1 - sum(own) / own.length / size;
    });
    const segments = mcLoss(maps, labels, still, { ...options, alpha: 0.5, beta: 3, reduction: "segments" });
    assertClose(segments.total, 0.5 * discriminality + 3 * sum(bySize), 1e-5);
  });

  it("drops channels in training: the same of every sample, or others of each", () => {
    const maps = mapsOf(2);
    const mask = (i: number) => channelMask(groups, rng(7).split("step", 0), i);
    const ofAll = byHand(maps, [2, 0], groups, [mask(0), mask(0)]);
    const ofEach = byHand(maps, [2, 0], groups, [mask(0), mask(1)]);
    const [, shared, diversity] = numbers(mcLoss(maps, labels, learning(), { classes, groups }));
    assertClose([shared!, diversity!], [ofAll.discriminality, sum(ofAll.h) / classes], 1e-5);
    const [, own] = numbers(mcLoss(maps, labels, learning(), { classes, groups, perSample: true }));
    assertClose([own!], [ofEach.discriminality], 1e-5);
    expect(ofAll.discriminality).not.toBeCloseTo(ofEach.discriminality, 3);
  });

  it("draws a new mask at every step, the same for the same step, and none outside of training", () => {
    const maps = mapsOf(3);
    const at = (step: number) => numbers(mcLoss(maps, labels, learning(step), { classes, groups }))[1]!;
    expect(new Set([0, 1, 2, 3].map(at)).size).toBeGreaterThan(1);
    expect(at(2)).toBe(at(2));
    const [, unmasked] = numbers(mcLoss(maps, labels, still, { classes, groups }));
    assertClose(crossEntropy(mcScores(maps, { classes, groups }), labels), unmasked!, 1e-6);
  });

  it("has 1 ≤ diversity ≤ min(ξ, P), whatever the maps", () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          size: fc.integer({ min: 1, max: 6 }),
          side: fc.integer({ min: 1, max: 4 }),
          scale: fc.constantFrom(0.1, 1, 30),
        }),
        ({ seed, size, side, scale }) =>
          tf.tidy(() => {
            const maps = tf.mul(randomTensor<tf.Tensor4D>([1, side, 2, 2 * size], seed), scale) as tf.Tensor4D;
            const diversity = diversityOf(maps, { classes: 2 });
            expect(diversity).toBeGreaterThan(1 - 1e-5);
            expect(diversity).toBeLessThan(Math.min(size, side * 2) + 1e-5);
          }),
      ),
      { numRuns: 50 },
    );
  });

  it("is 1 for channels that are alike up to a constant, ξ for peaks at different places, P for more channels than places", () => {
    const one = mapsOf(4, [1, 3, 4, 1]);
    assertClose([spreadOf(tf.concat([one, tf.add(one, 3), tf.add(one, -1)], 3))], [1], 1e-5);
    const peaks = (positions: number, n: number) =>
      tf.reshape(tf.mul(tf.eye(n, positions), 100), [1, positions, 1, n]) as tf.Tensor4D;
    const apart = tf.transpose(tf.reshape(tf.mul(tf.eye(3, 7), 100), [1, 1, 3, 7]), [0, 1, 3, 2]) as tf.Tensor4D;
    assertClose([spreadOf(apart)], [3], 1e-4);
    const crowded = tf.concat([peaks(2, 2), peaks(2, 2), mapsOf(5, [1, 2, 1, 1])], 3);
    assertClose([spreadOf(crowded)], [2], 1e-4);
  });

  it("takes the softmax over positions: over channels, the bounds would not hold", () => {
    const maps = mapsOf(6, [1, 14, 14, 30]);
    const overChannels = tf.sum(tf.max(tf.reshape(tf.softmax(maps), [196, 10, 3]), 2), 0); // the mistake, [class]
    expect(tf.mean(overChannels).dataSync()[0]).toBeGreaterThan(3);
    const diversity = diversityOf(maps, { classes: 10 });
    expect(diversity).toBeGreaterThan(1);
    expect(diversity).toBeLessThan(3);
  });

  it("does not change with constants, orders of positions, of a class's channels, or of the classes; scale counts", () => {
    const maps = mapsOf(8, [batch, 1, 15, channels]);
    const all = (x: tf.Tensor, y = labels) => numbers(mcLoss(x as tf.Tensor4D, y, still, even));
    const [total, discriminality, diversity] = all(maps) as [number, number, number];
    const order = (axis: number, to: number[]) => tf.gather(maps, tf.tensor1d(to, "int32"), axis);
    const reversed = Array.from({ length: 15 }, (_, i) => 14 - i);
    assertClose(all(order(2, reversed)), [total, discriminality, diversity], 1e-5);
    assertClose(all(order(3, [2, 0, 1, 4, 5, 3, 6, 8, 7])), [total, discriminality, diversity], 1e-5);
    assertClose(all(order(3, [6, 7, 8, 0, 1, 2, 3, 4, 5]), labelsOf(0, 1)), [total, discriminality, diversity], 1e-5);
    assertClose([all(tf.add(maps, randomTensor([channels], 9)))[2]!], [diversity], 1e-5);
    expect(all(tf.mul(maps, 3))[2]!).toBeGreaterThan(diversity + 0.1);
  });

  it("does not fall when a class gets one more channel, nor rise above the sum of its parts", () => {
    const maps = mapsOf(10);
    const h = (from: number, to: number) => spreadOf(tf.slice(maps, [0, 0, 0, from], [-1, -1, -1, to - from]));
    for (const k of [1, 2, 5, 8]) {
      expect(h(0, k + 1)).toBeGreaterThanOrEqual(h(0, k) - 1e-6);
      expect(h(0, channels)).toBeLessThanOrEqual(h(0, k) + h(k, channels) + 1e-6);
    }
  });

  it("is the cross-entropy of the mean of each map, for one channel a class", () => {
    const maps = mapsOf(11);
    const pooled = tf.mean(maps, [1, 2]) as tf.Tensor2D;
    assertClose(
      mcLoss(maps, labels, learning(), { classes: channels }).terms["discriminality"]!,
      crossEntropy(pooled, labels),
      1e-6,
    );
    assertClose(mcScores(maps, { classes: channels }), pooled, 1e-6);
  });

  it("scores no class higher for what was dropped, if maps are not negative", () => {
    const maps = mapsOf(12);
    const mask = channelMask(groups, rng(3));
    const masked = byHand(maps, [0, 0], groups, [mask, mask]).g.flat();
    const unmasked = mcScores(maps, { classes, groups }).dataSync();
    masked.forEach((score, i) => expect(score).toBeLessThanOrEqual(unmasked[i]! + 1e-6));
  });

  it("lets no dropped channel win, if maps are signed", () => {
    const negative = tf.sub(tf.neg(mapsOf(13)), 1) as tf.Tensor4D; // all ≤ -1: the paper's 0 would win everywhere
    const floor = numbers(mcLoss(negative, labels, learning(), even))[1]!;
    assertClose([floor], [Math.log(3)], 1e-6); // every score is 0
    const mask = channelMask([3, 3, 3], rng(7).split("step", 0));
    const kept = tf.add(negative, tf.log(tf.tensor1d(mask))) as tf.Tensor4D;
    const expected = crossEntropy(mcScores(kept, even), labels);
    assertClose([numbers(mcLoss(negative, labels, learning(), { ...even, signed: true }))[1]!], expected, 1e-6);
    assertGradient(
      (x) => mcLoss(x as tf.Tensor4D, labels, learning(), { ...even, signed: true, beta: 0 }).total,
      [negative],
      { epsilon: 1e-3, tolerance: 2e-2 },
    );
  });

  it("has the gradient of the definition: (softmax_i − [y = i]) / P where a channel is the largest, 0 elsewhere", () => {
    // positive, no ties
    const maps = tf.add(randomTensor<tf.Tensor4D>([1, height, width, channels], 14), 9) as tf.Tensor4D;
    const gradient = tf.grad((x) => mcLoss(x as tf.Tensor4D, labelsOf(1), still, { ...even, alpha: 1, beta: 0 }).total)(
      maps,
    );
    const grouped = (x: tf.Tensor) => tf.reshape(x, [height * width, 3, 3]); // [position, class, channel]
    const wins = tf.equal(grouped(maps), tf.max(grouped(maps), 2, true));
    const push = tf.sub(tf.softmax(mcScores(maps, even)), tf.tensor2d([[0, 1, 0]])); // [1, class]
    const expected = tf.mul(tf.cast(wins, "float32"), tf.div(tf.reshape(push, [1, 3, 1]), height * width));
    assertClose(grouped(gradient), expected, 1e-6);
  });

  it("moves one channel of a class at each position, the first of equal ones", () => {
    const flat = tf.ones([1, height, width, channels]) as tf.Tensor4D;
    const gradient = tf.grad((x) => mcLoss(x as tf.Tensor4D, labelsOf(0), still, { ...even, alpha: 1, beta: 0 }).total)(
      flat,
    );
    const moved = tf.cast(tf.notEqual(tf.reshape(gradient, [15, 3, 3]), 0), "float32");
    assertClose(moved, tf.tile(tf.reshape(tf.tensor1d([1, 0, 0]), [1, 1, 3]), [15, 3, 1]), 0);
  });

  it("moves a dropped channel for its diversity only", () => {
    const maps = mapsOf(15);
    const mask = tf.tensor1d(channelMask([3, 3, 3], rng(7).split("step", 0)));
    const gradients = (weights: Pick<McLossOptions, "alpha" | "beta">) => {
      const gradient = tf.grad((x) => mcLoss(x as tf.Tensor4D, labels, learning(), { ...even, ...weights }).total)(
        maps,
      );
      return tf.mul(tf.sum(tf.abs(gradient), [0, 1, 2]), tf.sub(1, mask)).dataSync();
    };
    expect(Math.max(...gradients({ alpha: 1, beta: 0 }))).toBe(0);
    expect([...gradients({ alpha: 0, beta: 1 })].filter((x) => x > 0)).toHaveLength(3);
  });

  it("agrees bit for bit, whether equal groups are given or worked out", () => {
    const maps = mapsOf(16);
    const given = { classes: 3, groups: [3, 3, 3] };
    expect(numbers(mcLoss(maps, labels, learning(), given))).toEqual(numbers(mcLoss(maps, labels, learning(), even)));
    const gradients = [given, even].map((o) =>
      tf.grad((x) => mcLoss(x as tf.Tensor4D, labels, learning(), o).total)(maps),
    );
    assertClose(gradients[0]!, gradients[1]!, 0);
  });

  it("differs from the paper's form by a constant", () => {
    const [alpha, beta, size] = [1.5, 20, 3];
    for (const seed of [17, 18]) {
      const maps = mapsOf(seed);
      const [code] = numbers(mcLoss(maps, labels, learning(), { ...even, alpha, beta }));
      const [paper] = numbers(
        mcLoss(maps, labels, learning(), { ...even, alpha, beta: beta / size, reduction: "raw" }),
      );
      assertClose([code! - paper!], [beta], 1e-5);
    }
  });

  it("sees a map as a list of positions", () => {
    const maps = mapsOf(19, [batch, 7, 11, channels]);
    const line = tf.reshape(maps, [batch, 77, 1, channels]) as tf.Tensor4D;
    expect(numbers(mcLoss(line, labels, learning(), even))).toEqual(numbers(mcLoss(maps, labels, learning(), even)));
  });

  it("has a diversity of 1 without a gradient on maps of one position", () => {
    const maps = mapsOf(20, [batch, 1, 1, channels]);
    expect(diversityOf(maps, even)).toBe(1);
    const gradient = tf.grad((x) => mcLoss(x as tf.Tensor4D, labels, still, { ...even, alpha: 0 }).total)(maps);
    assertClose(gradient, tf.zerosLike(maps), 1e-7);
  });

  it("keeps samples of unknown class for the diversity alone", () => {
    const maps = mapsOf(21);
    const [, discriminality, diversity] = numbers(mcLoss(maps, labelsOf(2, -1), still, even));
    const first = tf.slice(maps, 0, 1);
    assertClose([discriminality!], [numbers(mcLoss(first, labelsOf(2), still, even))[1]!], 1e-6);
    assertClose([diversity!], [diversityOf(maps, even)], 1e-6);
  });

  it("works on maps of hundreds", () => {
    const maps = tf.mul(mapsOf(22), 300) as tf.Tensor4D;
    for (const value of numbers(mcLoss(maps, labels, learning(), even))) expect(Number.isFinite(value)).toBe(true);
  });

  it.each([
    ["equal groups", even, true],
    ["unequal groups in any order", { classes, groups }, true],
    ["no mask", { classes, groups }, false],
    ["the paper's form", { ...even, reduction: "raw", alpha: 1, beta: 2 } as const, true],
    ["segments", { classes, groups, reduction: "segments" } as const, true],
  ])("has the gradient that finite differences give, with %s", (_, options, training) => {
    const maps = tf.add(randomTensor([batch, height, width, channels], 23), 9); // no ties, no kinks at 0
    const ctx = training ? learning() : still;
    assertGradient((x) => mcLoss(x as tf.Tensor4D, labels, ctx, options).total, [maps], {
      epsilon: 1e-3,
      tolerance: 3e-2,
    });
  });

  it("leaves nothing behind", () => {
    const maps = mapsOf(24);
    for (const options of [even, { classes, groups, perSample: true }, { ...even, signed: true }]) {
      assertNoLeak(() => tf.tidy(() => mcLoss(maps, labels, learning(), options).total));
      assertNoLeak(() => mcLoss(maps, labels, learning(), options) as unknown as tf.TensorContainer);
      assertNoLeak(() => tf.grad((x) => mcLoss(x as tf.Tensor4D, labels, learning(), options).total)(maps));
      assertNoLeak(() => mcScores(maps, options));
    }
  });

  it.each<[string, () => unknown, string]>([
    [
      "fewer channels than classes",
      () => mcLoss(mapsOf(), labels, still, { classes: 10 }),
      "got 9 channels for 10 classes",
    ],
    ["a label out of range", () => mcLoss(mapsOf(), labelsOf(0, 3), still, even), "got 3 in row 1"],
    ["labels that are floats", () => mcLoss(mapsOf(), tf.tensor1d([0, 1]), still, even), "dtype int32, got float32"],
    [
      "an empty batch",
      () => mcLoss(tf.zeros([0, 3, 5, 9]), labelsOf(), still, even),
      "at least one image and one position, got [0, 3, 5, 9]",
    ],
    ["a map without positions", () => mcLoss(tf.zeros([2, 0, 5, 9]), labels, still, even), "got [2, 0, 5, 9]"],
    [
      "groups of other classes",
      () => mcLoss(mapsOf(), labels, still, { classes: 3, groups }),
      "one number of channels for each class in `groups` (classes=3), got 4",
    ],
    [
      "groups of other channels",
      () => mcLoss(mapsOf(), labels, still, { classes: 3, groups: [3, 3, 4] }),
      "the 9 channels of `maps`, got 10",
    ],
    [
      "a class without channels",
      () => mcLoss(mapsOf(), labels, still, { classes: 3, groups: [0, 5, 4] }),
      "got 0 for class 0",
    ],
    ["a negative weight", () => mcLoss(mapsOf(), labels, still, { ...even, beta: -1 }), "finite `beta` ≥ 0, got -1"],
    [
      "a reduction that is none",
      () => mcLoss(mapsOf(), labels, still, { ...even, reduction: "sum" as "raw" }),
      "one of normalized, segments, raw, got sum",
    ],
    [
      "a batch of other size",
      () => mcLoss(mapsOf(), labelsOf(0), still, even),
      "expected `labels` of shape [batch] (batch=2 from `maps`), got [1]",
    ],
    [
      "scores of fewer channels than classes",
      () => mcScores(mapsOf(), { classes: 10 }),
      "got 9 channels for 10 classes",
    ],
  ])("refuses %s", (_, run, message) => expect(run).toThrow(message));

  it.each([NaN, Infinity, -Infinity])("refuses maps with %d, wherever it is", (value) => {
    for (const at of [0, 100, batch * height * width * channels - 1]) {
      const data = mapsOf().dataSync().slice();
      data[at] = value;
      const maps = tf.tensor4d(data, [batch, height, width, channels]);
      expect(() => mcLoss(maps, labels, learning(), even)).toThrow(
        "mcLoss: expected finite numbers in `maps`, got NaN or infinity.",
      );
    }
  });

  it("has weights for networks from scratch and for pretrained ones", () => {
    const maps = mapsOf(25);
    const [byDefault] = numbers(mcLoss(maps, labels, still, even));
    expect(numbers(mcLoss(maps, labels, still, { ...even, ...mcLossWeights.scratch }))[0]).toBe(byDefault);
    expect(channelGroups(channels, 3)).toEqual([3, 3, 3]);
  });
});
