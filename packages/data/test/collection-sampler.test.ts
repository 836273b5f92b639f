import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectionSampler, type Collections } from "../src/index.js";

const sizes = [11, 2, 5, 7]; // images of each class
const labels = sizes.flatMap((size, label) => Array<number>(size).fill(label));
const epochOf = (sampler: ReturnType<typeof collectionSampler>, epoch: number): Collections[] =>
  Array.from({ length: sampler.stepsPerEpoch }, (_, i) => sampler.sample(epoch * sampler.stepsPerEpoch + i));
const realViews = ({ indices, mask }: Collections) => indices.map((row, b) => row.filter((_, v) => mask[b]![v]));

describe("collectionSampler", () => {
  it("makes collections of distinct images of one class, each image once the first of an epoch", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 2 ** 50 }),
        (labels, wanted, batch, seed) => {
          const count = (label: number) => labels.filter((other) => other === label).length;
          const views = Math.min(wanted, Math.max(...labels.map(count)));
          const sampler = collectionSampler({ labels, views, batch, seed });
          expect(sampler.stepsPerEpoch).toBe(Math.ceil(labels.length / batch));
          const batches = epochOf(sampler, 1);
          const anchors = batches.flatMap(({ indices }) => indices.map((row) => row[0]!));
          expect(anchors.sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
          for (const collections of batches)
            realViews(collections).forEach((row, b) => {
              const label = collections.labels[b]!;
              expect(row.every((index) => labels[index] === label)).toBe(true);
              expect(new Set(row).size).toBe(row.length);
              expect(row.length).toBe(Math.min(views, count(label)));
              expect(collections.indices[b]!.length).toBe(views);
            });
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is a pure function of the step, and other epochs and seeds differ", () => {
    const make = (seed = 3) => collectionSampler({ labels, views: 3, batch: 4, seed });
    const [sampler, again] = [make(), make()];
    const forwards = Array.from({ length: 14 }, (_, step) => sampler.sample(step));
    const backwards = Array.from({ length: 14 }, (_, i) => again.sample(13 - i)).reverse();
    expect(backwards).toEqual(forwards);
    const anchors = (epoch: number) => epochOf(sampler, epoch).flatMap(({ indices }) => indices.map((row) => row[0]!));
    const partners = (epoch: number) =>
      epochOf(sampler, epoch)
        .flatMap(({ indices }) => [...indices])
        .sort((a, b) => a[0]! - b[0]!);
    expect(anchors(1)).not.toEqual(anchors(0));
    expect(partners(1)).not.toEqual(partners(0));
    expect(epochOf(make(4), 0)).not.toEqual(epochOf(sampler, 0));
  });

  it("draws every other image of the class as often", () => {
    const sampler = collectionSampler({ labels: Array<number>(6).fill(0), views: 3, batch: 6 });
    const counts = Array<number>(6).fill(0);
    for (let step = 0; step < 500; step++)
      for (const row of sampler.sample(step).indices)
        if (row[0] === 2) row.slice(1).forEach((index) => counts[index]!++);
    expect(counts[2]).toBe(0);
    for (const count of counts.filter((_, i) => i !== 2)) expect(Math.abs(count - 200)).toBeLessThan(50); // 4 sd
  });

  it("masks, repeats or refuses where a class has fewer images than views", () => {
    const small = ({ labels }: Collections) => [...labels].indexOf(1);
    const masked = collectionSampler({ labels, views: 5, batch: labels.length }).sample(0);
    const row = masked.indices[small(masked)]!;
    expect(masked.mask[small(masked)]).toEqual([1, 1, 0, 0, 0]);
    expect(new Set(row.slice(0, 2))).toEqual(new Set([11, 12]));
    expect(row.slice(2)).toEqual([row[0], row[0], row[0]]);

    const repeated = collectionSampler({ labels, views: 13, batch: labels.length, whenFew: "repeat" }).sample(0);
    expect(repeated.mask.flat().every((real) => real === 1)).toBe(true);
    expect(new Set(repeated.indices[small(repeated)])).toEqual(new Set([11, 12]));

    expect(() => collectionSampler({ labels, views: 3, batch: 1, whenFew: "error" })).toThrow(
      "collectionSampler: class 1 has 2 images, fewer than the 3 views.",
    );
  });

  it("takes views of different groups", () => {
    const labels = Array<number>(9).fill(0);
    const groups = ["a", "a", "a", "b", "b", "b", "c", "c", "c"];
    const sampler = collectionSampler({ labels, groups, grouping: "apart", views: 3, batch: 9 });
    const rows = Array.from({ length: 20 }, (_, epoch) => sampler.sample(epoch).indices).flat();
    for (const row of rows) expect(new Set(row.map((index) => groups[index])).size).toBe(3);
    expect(new Set(rows.flatMap((row) => row.slice(1))).size).toBe(9);
    expect(() => collectionSampler({ labels, groups, grouping: "apart", views: 4, batch: 9 })).toThrow(
      "collectionSampler: `views` is 4, but no class has more than 3 groups.",
    );
  });

  it("keeps the views of a group together, and masks, repeats or refuses what a small group lacks", () => {
    const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]; // a group is of one class: the `x` of class 1 is another one
    const groups = ["x", "y", "x", "y", "x", "z", "x", "x", "x", "x"];
    const options = { labels, groups, grouping: "together", views: 3, batch: 10 } as const;
    const idOf = (index: number) => `${labels[index]} ${groups[index]}`;
    const sizes = { "0 x": 3, "0 y": 2, "0 z": 1, "1 x": 4 };
    const sampler = collectionSampler(options);
    const partners = new Set<string>();
    for (let epoch = 0; epoch < 20; epoch++) {
      const { indices, mask, labels: of } = sampler.sample(epoch);
      expect(indices.map((row) => row[0]!).toSorted((a, b) => a - b)).toEqual(labels.map((_, i) => i));
      indices.forEach((row, b) => {
        const real = row.filter((_, v) => mask[b]![v]);
        expect(new Set(real.map(idOf)).size).toBe(1);
        expect(new Set(real).size).toBe(real.length);
        expect(real.length).toBe(Math.min(3, sizes[idOf(row[0]!) as "0 x"]));
        expect(of[b]).toBe(labels[row[0]!]);
        partners.add(`${row[0]} ${row[1]}`);
      });
    }
    expect(partners.has("6 7") && partners.has("6 9") && partners.has("1 3")).toBe(true);

    const repeated = collectionSampler({ ...options, whenFew: "repeat" }).sample(0);
    expect(repeated.mask.flat().every((real) => real === 1)).toBe(true);
    for (const row of repeated.indices) expect(new Set(row.map(idOf)).size).toBe(1);
    expect(() => collectionSampler({ ...options, whenFew: "error" })).toThrow(
      "collectionSampler: group `y` of class 0 has 2 images, fewer than the 3 views.",
    );
    expect(() => collectionSampler({ ...options, views: 5 })).toThrow(
      "collectionSampler: `views` is 5, but no group has more than 4 images.",
    );
  });

  it("does not look at groups unless it is told to", () => {
    const plain = { labels, views: 3, batch: 5 };
    const sampler = collectionSampler({ ...plain, groups: labels.map(String), grouping: "ignore" });
    expect(epochOf(sampler, 0)).toEqual(epochOf(collectionSampler(plain), 0));
    expect(() => collectionSampler({ ...plain, grouping: "near" as "apart" })).toThrow(
      "collectionSampler: `grouping` must be one of together, apart, ignore, got near.",
    );
  });

  it("draws a number of views for each batch", () => {
    const sampler = collectionSampler({ labels, views: [2, 4], batch: 5 });
    const widths = Array.from({ length: 60 }, (_, step) => sampler.sample(step).indices.map((row) => row.length));
    for (const row of widths) expect(new Set(row).size).toBe(1);
    const counts = [2, 3, 4].map((width) => widths.filter((row) => row[0] === width).length);
    expect(counts.reduce((a, b) => a + b)).toBe(60);
    for (const count of counts) expect(count).toBeGreaterThan(8);
  });

  it("can leave the last batch out", () => {
    const all = collectionSampler({ labels, views: 2, batch: 4 });
    const full = collectionSampler({ labels, views: 2, batch: 4, dropLast: true });
    expect([all.stepsPerEpoch, full.stepsPerEpoch]).toEqual([7, 6]); // 25 images
    expect(epochOf(all, 0).map(({ labels }) => labels.length)).toEqual([4, 4, 4, 4, 4, 4, 1]);
    expect(epochOf(full, 0).map(({ labels }) => labels.length)).toEqual([4, 4, 4, 4, 4, 4]);
    expect(() => collectionSampler({ labels, views: 2, batch: 26, dropLast: true })).toThrow(
      /leaves nothing of 25 images/,
    );
  });

  it.each([
    [{ labels: [], views: 2, batch: 2 }, "collectionSampler: `labels` is empty; there is nothing to sample from."],
    [
      { labels: [0, -1], views: 1, batch: 2 },
      "collectionSampler: `labels[1]` must be a whole number of at least 0, got -1.",
    ],
    [{ labels, views: 0, batch: 2 }, "collectionSampler: `views` must be a whole number of at least 1, got 0."],
    [
      { labels, views: [3, 2] as const, batch: 2 },
      "collectionSampler: `views` must be a whole number of at least 3, got 2.",
    ],
    [{ labels, views: 12, batch: 2 }, "collectionSampler: `views` is 12, but no class has more than 11 images."],
    [{ labels, views: 2, batch: 0.5 }, "collectionSampler: `batch` must be a whole number of at least 1, got 0.5."],
    [
      { labels, views: 2, batch: 2, grouping: "apart" as const },
      'collectionSampler: `grouping: "apart"` needs `groups`, one for each of the 25 labels.',
    ],
    [
      { labels, views: 2, batch: 2, grouping: "apart" as const, groups: ["a"] },
      "collectionSampler: `groups` must have one entry for each of the 25 labels, got 1.",
    ],
  ])("refuses %j", (options, message) => {
    expect(() => collectionSampler(options)).toThrow(message);
  });
  it("refuses a step that is none", () => {
    expect(() => collectionSampler({ labels, views: 2, batch: 2 }).sample(-1)).toThrow(
      "`step` must be a whole number of at least 0, got -1.",
    );
  });
});
