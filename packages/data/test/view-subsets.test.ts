import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inOrder, viewSubsets } from "../src/index.js";

const binomial = (n: number, k: number): bigint =>
  k > n ? 0n : Array.from({ length: k }).reduce<bigint>((c, _, i) => (c * BigInt(n - i)) / BigInt(i + 1), 1n);
const labelled = (...sizes: number[]) => sizes.flatMap((size, label) => Array<number>(size).fill(label));

describe("viewSubsets", () => {
  it("gives every subset of each class once, ascending, C(M, N) of them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (labels, views) => {
          const sizes = [0, 1, 2].map((label) => labels.filter((other) => other === label).length);
          fc.pre(Math.max(...sizes) >= views);
          const { collections, labels: of, total, sampled, tooSmall } = viewSubsets({ labels, views });
          expect(total).toBe(sizes.reduce((sum, size) => sum + binomial(size, views), 0n));
          expect([sampled, of.length]).toEqual([Number(total), Number(total)]);
          expect(new Set(collections.map(String)).size).toBe(sampled);
          collections.forEach((row, i) => {
            expect(row.length).toBe(views);
            expect(row.every((index, v) => labels[index] === of[i] && (v === 0 || index > row[v - 1]!))).toBe(true);
          });
          expect(tooSmall).toEqual([0, 1, 2].filter((label) => sizes[label]! > 0 && sizes[label]! < views));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("goes through a class in file order", () => {
    const { collections } = viewSubsets({ labels: [1, 0, 1, 1, 0, 1], views: 2 });
    expect(collections).toEqual([
      [1, 4],
      [0, 2],
      [0, 3],
      [0, 5],
      [2, 3],
      [2, 5],
      [3, 5],
    ]);
  });

  it("draws `limit` different subsets of a class that has more, seeded, and all of one that has not", () => {
    const labels = labelled(7, 3, 200);
    const { collections, labels: of, total, sampled } = viewSubsets({ labels, views: 3, limit: 20, seed: 1 });
    expect(total).toBe(35n + 1n + binomial(200, 3));
    expect([0, 1, 2].map((label) => of.filter((other) => other === label).length)).toEqual([20, 1, 20]);
    expect([sampled, new Set(collections.map(String)).size]).toEqual([41, 41]);
    expect(viewSubsets({ labels, views: 3, limit: 20, seed: 1 }).collections).toEqual(collections);
    expect(viewSubsets({ labels, views: 3, limit: 20, seed: 2 }).collections).not.toEqual(collections);
  });

  it("draws every subset as often", () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++)
      for (const row of viewSubsets({ labels: labelled(5), views: 2, limit: 3, seed }).collections)
        counts.set(row.join(), (counts.get(row.join()) ?? 0) + 1);
    expect(counts.size).toBe(10);
    for (const count of counts.values()) expect(Math.abs(count - 900)).toBeLessThan(110); // 4 sd
  });

  it("samples from 10³⁰ subsets and more", () => {
    const { collections, total } = viewSubsets({ labels: labelled(400), views: 20, limit: 10 });
    expect(total).toBe(binomial(400, 20));
    for (const row of collections)
      expect(row.every((index, v) => index < 400 && (v === 0 || index > row[v - 1]!))).toBe(true);
    expect(() => viewSubsets({ labels: labelled(400), views: 20 })).toThrow(/a class has \d{30,} subsets; set `limit`/);
  });

  it("takes views of different groups: e_N of the group sizes", () => {
    const groups = ["a", "b", "a", "c", "b", "a"]; // sizes 3, 2, 1
    const options = { labels: labelled(6), groups, grouping: "apart" } as const;
    const pairs = viewSubsets({ ...options, views: 2 });
    expect(pairs.total).toBe(3n * 2n + 3n * 1n + 2n * 1n);
    expect(new Set(pairs.collections.map((row) => [...row].sort().join())).size).toBe(11);
    for (const row of pairs.collections) expect(new Set(row.map((index) => groups[index])).size).toBe(2);
    expect(viewSubsets({ ...options, views: 3 }).total).toBe(6n);
    expect(() => viewSubsets({ ...options, views: 4 })).toThrow(
      "viewSubsets: `views` is 4, more than any class has groups.",
    );
  });

  it("keeps the views of a group together: the sum of C(images of a group, N)", () => {
    const [labels, groups] = [
      [1, 0, 1, 1, 0, 1, 1, 1, 2],
      ["a", "a", "b", "a", "a", "b", "a", "c", "a"],
    ]; // 1: 3, 2, 1
    const options = { labels, groups, grouping: "together", views: 2 } as const;
    const { collections, labels: of, total, tooSmall } = viewSubsets(options);
    expect(collections).toEqual([
      [1, 4],
      [0, 3],
      [0, 6],
      [3, 6],
      [2, 5],
    ]);
    expect([[...of], total, tooSmall]).toEqual([[0, 1, 1, 1, 1], 5n, [2]]);
    expect(() => viewSubsets({ ...options, views: 4 })).toThrow(
      "viewSubsets: `views` is 4, more than any group has images.",
    );
  });

  it("passes over a group that is too small between others", () => {
    const options = { labels: labelled(7), groups: [..."aabcddd"], grouping: "together", views: 2 } as const;
    expect(viewSubsets(options).collections).toEqual([
      [0, 1],
      [4, 5],
      [4, 6],
      [5, 6],
    ]);
  });

  it("draws every subset of a class as often, in whichever group it lies", () => {
    const options = { labels: labelled(6), groups: [..."aaaabb"], grouping: "together", views: 2, limit: 3 } as const;
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 2000; seed++)
      for (const row of viewSubsets({ ...options, seed }).collections)
        counts.set(row.join(), (counts.get(row.join()) ?? 0) + 1);
    expect(counts.size).toBe(7); // C(4, 2) + 1
    for (const count of counts.values()) expect(Math.abs(count - (2000 * 3) / 7)).toBeLessThan(89); // 4 sd
  });

  it("lists what there is of small classes and groups if told so, or refuses them", () => {
    const groups = [..."aaabbcd"];
    const options = { labels: [0, 0, 0, 0, 0, 0, 1], groups, views: 3 };
    const together = viewSubsets({ ...options, grouping: "together", whenFew: "mask" });
    expect(together.collections).toEqual([[0, 1, 2], [3, 4], [5], [6]]);
    expect([together.total, together.tooSmall]).toEqual([4n, []]);
    expect(inOrder(together, { batch: 4 }).sample(0).mask).toEqual([
      [1, 1, 1],
      [1, 1, 0],
      [1, 0, 0],
      [1, 0, 0],
    ]);
    const apart = viewSubsets({ ...options, grouping: "apart", whenFew: "mask" });
    expect(apart.total).toBe(3n * 2n * 1n + 1n);
    expect(viewSubsets({ ...options, grouping: "ignore", whenFew: "mask" }).collections.at(-1)).toEqual([6]);
    const refusal = (more: object) => expect(() => viewSubsets({ ...options, whenFew: "error", ...more }));
    refusal({ grouping: "ignore" }).toThrow("viewSubsets: class 1 has 1 images, fewer than the 3 views.");
    refusal({}).toThrow(
      'viewSubsets: `groups` needs `grouping`: "together", "apart", or "ignore" if groups are not to matter.',
    );
    refusal({ grouping: "apart" }).toThrow("viewSubsets: class 1 has 1 groups, fewer than the 3 views.");
    refusal({ grouping: "together" }).toThrow(
      "viewSubsets: group `b` of class 0 has 2 images, fewer than the 3 views.",
    );
  });

  it.each([
    [{ labels: [], views: 1 }, "viewSubsets: `labels` is empty"],
    [{ labels: [0, 0], views: 0 }, "viewSubsets: `views` must be a whole number of at least 1, got 0."],
    [{ labels: [0, 0], views: 3 }, "viewSubsets: `views` is 3, more than any class has images."],
    [{ labels: [0, 0], views: 1, limit: 0 }, "viewSubsets: `limit` must be a whole number of at least 1, got 0."],
    [
      { labels: [0, 0], views: 1, whenFew: "repeat" as "mask" },
      "`whenFew` must be one of skip, mask, error, got repeat",
    ],
    [
      { labels: [0, 0], views: 1, grouping: "together" as const },
      '`grouping: "together"` needs `groups`, one for each',
    ],
    [{ labels: [0, 0.5], views: 1 }, "viewSubsets: `labels[1]` must be a whole number of at least 0, got 0.5."],
  ])("refuses %j", (options, message) => {
    expect(() => viewSubsets(options)).toThrow(message);
  });
});

describe("inOrder", () => {
  it("gives the collections one after the other, epoch after epoch, and masks short rows", () => {
    const sampler = inOrder({ collections: [[4, 5, 6], [7], [8, 9]], labels: Int32Array.of(0, 1, 2) }, { batch: 2 });
    expect(sampler.stepsPerEpoch).toBe(2);
    expect(sampler.sample(0)).toEqual({
      indices: [
        [4, 5, 6],
        [7, 7, 7],
      ],
      labels: Int32Array.of(0, 1),
      mask: [
        [1, 1, 1],
        [1, 0, 0],
      ],
    });
    expect(sampler.sample(3)).toEqual({ indices: [[8, 9, 8]], labels: Int32Array.of(2), mask: [[1, 1, 0]] });
  });
  it("refuses no collections", () => {
    expect(() => inOrder({ collections: [], labels: new Int32Array() }, { batch: 2 })).toThrow(
      /expected a label for each of one or more/,
    );
  });
});
