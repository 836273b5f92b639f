import { rng } from "@fovea/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  drawWithoutReplacement,
  drawWithReplacement,
  factorsOf,
  takeAll,
  takeLargest,
  type Draw,
} from "../src/draw.js";
import { combinations, ordered, type OrderedDraw } from "./enumerate.js";

const normalized = (xs: readonly number[]) => xs.map((x) => x / xs.reduce((a, b) => a + b));
const probabilities = (max = 6) =>
  fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: max }).map(normalized);

/**
 * E[ sum over the k with i_k = i of factors_k ], for each cell: 1, if the estimate and both of its gradients are
 * unbiased.
 */
function expectedFactors(
  cells: number,
  draws: readonly OrderedDraw[],
  factors: (order: readonly number[]) => ArrayLike<number>,
) {
  const expected = new Array<number>(cells).fill(0);
  for (const { order, probability } of draws) {
    const found = factors(order);
    order.forEach((index, k) => (expected[index]! += probability * found[k]!));
  }
  return expected;
}
/** sum_k factors_k p_{i_k} f_{i_k}, for numbers f. */
const weighed = (p: readonly number[], f: readonly number[], order: readonly number[]) =>
  factorsOf(p, order).reduce((sum, factor, k) => sum + factor * p[order[k]!]! * f[order[k]!]!, 0);

/**
 * (1/n) sum_j ( sum_{k<j} p_k f_k + r_j f_j ) with r_j = 1 - sum_{k<j} p_k, or with both sums up to and including j, as
 * ports have it: p_j f_j is then counted once more, and once less.
 */
function published(p: readonly number[], f: readonly number[], order: readonly number[], also: 0 | 1): number {
  const estimates = order.map((i, j) => {
    const before = order.slice(0, j + also);
    const left = 1 - before.reduce((sum, k) => sum + p[k]!, 0);
    return before.reduce((sum, k) => sum + p[k]! * f[k]!, 0) + left * f[i]!;
  });
  return estimates.reduce((a, b) => a + b) / order.length;
}
const worst = (xs: readonly number[]) => Math.max(...xs.map((x) => Math.abs(x - 1)));

describe("factors without replacement", () => {
  it("are 1 in expectation over all ordered draws, for every cell", () => {
    fc.assert(
      fc.property(probabilities(), fc.integer({ min: 1, max: 4 }), (p, n) => {
        const count = Math.min(n, p.length);
        expect(worst(expectedFactors(p.length, ordered(p, count), (order) => factorsOf(p, order)))).toBeLessThan(1e-10);
      }),
    );
  });

  it("are 1 / p of the one cell, for one draw", () => {
    expect(factorsOf([0.2, 0.5, 0.3], [2])[0]).toBeCloseTo(1 / 0.3, 12);
  });

  it("depend on the order, and so does the estimate; its expectation does not", () => {
    const [p, f] = [
      [0.5, 0.3, 0.2],
      [3, -1, 2],
    ];
    const estimate = (...order: number[]) => weighed(p, f, order);
    expect(estimate(0, 1)).toBeCloseTo((3 + (0.5 * 3 + 0.5 * -1)) / 2, 12); // by hand: 1 = 0.5 / 0.5, r = 0.5
    expect(estimate(1, 0)).toBeCloseTo((-1 + (0.3 * -1 + 0.7 * 3)) / 2, 12);
    const outcomes = ordered(p, 2);
    const mean = outcomes.reduce((sum, { order, probability }) => sum + probability * estimate(...order), 0);
    const turned = outcomes.reduce(
      (sum, { order, probability }) => sum + probability * estimate(...order.toReversed()),
      0,
    );
    expect(mean).toBeCloseTo(0.5 * 3 - 0.3 + 0.2 * 2, 12);
    // the factors are those of the order in which cells were drawn
    expect(Math.abs(turned - mean)).toBeGreaterThan(0.01);
  });

  it("come to the same estimate as the published ones, whether these count a draw itself as left or not", () => {
    fc.assert(
      fc.property(probabilities(), fc.integer({ min: 1, max: 4 }), (p, n) => {
        const f = p.map((_, i) => Math.sin(3 * i + 1));
        for (const { order } of ordered(p, Math.min(n, p.length)).slice(0, 20)) {
          const [exclusive, inclusive] = [published(p, f, order, 0), published(p, f, order, 1)];
          expect(weighed(p, f, order)).toBeCloseTo(exclusive, 10);
          expect(inclusive).toBeCloseTo(exclusive, 10);
        }
      }),
    );
  });

  it("have weights that sum to 1, for every draw", () => {
    fc.assert(
      fc.property(probabilities(), fc.integer({ min: 1, max: 6 }), (p, n) => {
        const ones = p.map(() => 1);
        for (const { order } of ordered(p, Math.min(n, p.length)).slice(0, 50))
          expect(weighed(p, ones, order)).toBeCloseTo(1, 10);
      }),
    );
  });

  it("of all cells, one by one, still vary: only all at once are exact", () => {
    const [p, f] = [
      [0.5, 0.3, 0.2],
      [3, -1, 2],
    ];
    const found = ordered(p, 3).map(({ order }) => weighed(p, f, order));
    expect(Math.max(...found) - Math.min(...found)).toBeGreaterThan(0.1);
  });

  it("are never negative, though the mass that was drawn may round to more than all", () => {
    const p = Array.from({ length: 30 }, () => 1 / 30);
    expect(
      Math.min(
        ...factorsOf(
          p,
          p.map((_, i) => i),
        ),
      ),
    ).toBeGreaterThanOrEqual(0);
  });
});

describe("drawWithReplacement", () => {
  it("has factors of 1 in expectation over all draws, for every cell", () => {
    fc.assert(
      fc.property(probabilities(4), fc.integer({ min: 1, max: 4 }), (p, n) => {
        const expected = new Array<number>(p.length).fill(0);
        for (const { order, probability } of combinations(p, n))
          for (const i of new Set(order))
            expected[i]! += (probability * order.filter((x) => x === i).length) / (n * p[i]!);
        expect(worst(expected)).toBeLessThan(1e-10);
      }),
    );
  });

  it("draws each cell as often as its probability says, and merges what it draws twice", () => {
    const p = [0.5, 0, 0.3, 0.2];
    const { indices, factors, times } = drawWithReplacement(p, 10_000, rng(1));
    expect([...indices].sort()).toEqual([0, 2, 3]);
    expect(times.reduce((a, b) => a + b)).toBe(10_000);
    indices.forEach((index, k) => {
      expect(Math.abs(times[k]! / 10_000 - p[index]!)).toBeLessThan(0.02);
      expect(factors[k]).toBeCloseTo(times[k]! / (10_000 * p[index]!), 12);
    });
  });
});

describe("drawWithoutReplacement", () => {
  const p = [0.4, 0.3, 0.15, 0.1, 0.05];

  it("draws ordered cells as often as drawing one by one from what is left does", () => {
    const draws = 20_000;
    const seen = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const order = [...drawWithoutReplacement(p, 2, rng(3).split(i)).indices].join();
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const { order, probability } of ordered(p, 2))
      chiSquare += ((seen.get(order.join()) ?? 0) - probability * draws) ** 2 / (probability * draws);
    expect(chiSquare).toBeLessThan(45); // 19 degrees of freedom: 1 in 1500 is above 43.8
  });

  it("finds a cell that holds most of the mass, as noise on log p does and noise on p does not", () => {
    const map = [0.7, ...new Array<number>(2499).fill(0.3 / 2499)];
    for (let i = 0; i < 50; i++) expect([...drawWithoutReplacement(map, 10, rng(i)).indices]).toContain(0);
  });

  it("draws nothing twice, nothing that has no probability, and all if that is fewer", () => {
    const { indices } = drawWithoutReplacement([0, 0.5, 0, 0.25, 0.25], 2, rng(4));
    expect(new Set(indices).size).toBe(2);
    expect([...indices]).not.toContain(0);
    for (const count of [3, 4, 99])
      expect(drawWithoutReplacement([0, 0.5, 0, 0.25, 0.25], count, rng(5))).toEqual(takeAll([0, 0.5, 0, 0.25, 0.25]));
  });

  it("draws nothing twice, whatever the probabilities and however many", () => {
    const many = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1, noNaN: true })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 70 }), fc.nat(1000), (p, n, seed) => {
        fc.pre(p.some((x) => x > 0));
        const { indices, factors, times } = drawWithoutReplacement(p, n, rng(seed));
        const possible = p.filter((x) => x > 0).length;
        expect(indices).toHaveLength(Math.min(n, possible));
        expect(new Set(indices).size).toBe(indices.length);
        for (const index of indices) expect(p[index]).toBeGreaterThan(0);
        for (const factor of factors) expect(factor).toBeGreaterThanOrEqual(0);
        expect([...times]).toEqual([...indices].map(() => 1));
      }),
    );
  });

  it("draws first as often as the probabilities say, of many cells", () => {
    const many = normalized(Array.from({ length: 40 }, (_, i) => 1 / (i + 1)));
    const [draws, counts] = [20_000, new Array<number>(40).fill(0)];
    for (let i = 0; i < draws; i++) counts[drawWithoutReplacement(many, 3, rng(11).split(i)).indices[0]!]!++;
    const chiSquare = counts.reduce((sum, count, i) => sum + (count - many[i]! * draws) ** 2 / (many[i]! * draws), 0);
    expect(chiSquare).toBeLessThan(73); // 39 degrees of freedom: 1 in 1300 is above
  });

  it("is the same estimate for any generator, of as many cells as there are", () => {
    const f = [1, -2, 0.5, 3, -1];
    for (let seed = 0; seed < 20; seed++) {
      const { indices, factors } = drawWithoutReplacement(p, 5, rng(seed));
      const found = indices.reduce((sum, i, k) => sum + factors[k]! * p[i]! * f[i]!, 0);
      expect(found).toBe(p.reduce((sum, x, i) => sum + x * f[i]!, 0)); // not a variance that is small: none
    }
  });

  it("is drawing with replacement, for a single draw", () => {
    for (const draw of [drawWithoutReplacement, drawWithReplacement])
      for (let seed = 0; seed < 20; seed++) {
        const { indices, factors, times } = draw(p, 1, rng(seed));
        expect([indices.length, times[0]]).toEqual([1, 1]);
        expect(factors[0]).toBeCloseTo(1 / p[indices[0]!]!, 12);
      }
  });

  it("has factors of its own draw", () => {
    const draw = drawWithoutReplacement(p, 3, rng(6));
    expect([...draw.factors]).toEqual([...factorsOf(p, draw.indices)]);
    expect([...draw.times]).toEqual([1, 1, 1]);
  });

  it("varies less than with replacement, and as much for a single draw", () => {
    const f = [1, -2, 0.5, 3, -1];
    const variance = (draws: readonly OrderedDraw[], estimate: (order: readonly number[]) => number) => {
      const mean = draws.reduce((sum, { order, probability }) => sum + probability * estimate(order), 0);
      return draws.reduce((sum, { order, probability }) => sum + probability * (estimate(order) - mean) ** 2, 0);
    };
    const without = (n: number) =>
      variance(ordered(p, n), (order) => order.reduce((sum, i, k) => sum + factorsOf(p, order)[k]! * p[i]! * f[i]!, 0));
    const withReplacement = (n: number) =>
      variance(combinations(p, n), (order) => order.reduce((sum, i) => sum + f[i]! / n, 0));
    expect(without(1)).toBeCloseTo(withReplacement(1), 12);
    for (const n of [2, 3, 4]) expect(without(n)).toBeLessThan(withReplacement(n));
  });
});

describe("takeLargest and takeAll", () => {
  it("take the largest in order, first come first among equals, for all of the mass", () => {
    const { indices, factors } = takeLargest([0.1, 0.3, 0.3, 0.2, 0.1], 3);
    expect([...indices]).toEqual([1, 2, 3]);
    for (const factor of factors) expect(factor).toBeCloseTo(1 / 0.8, 12);
  });

  it("take them in descending order, for any probabilities", () => {
    fc.assert(
      fc.property(probabilities(30), fc.integer({ min: 1, max: 40 }), (p, n) => {
        const found = Array.from(takeLargest(p, n).indices, (i) => p[i]!);
        expect(found).toEqual(p.toSorted((a, b) => b - a).slice(0, n));
      }),
    );
  });

  it("take all there is with factors of 1", () => {
    expect(takeAll([0.5, 0, 0.5])).toEqual({
      indices: Int32Array.of(0, 2),
      factors: Float64Array.of(1, 1),
      times: Int32Array.of(1, 1),
    } satisfies Draw);
    expect([...takeLargest([0.5, 0, 0.5], 9).factors]).toEqual([1, 1]);
  });
});

it.each<[string, () => unknown, string]>([
  [
    "no draws",
    () => drawWithReplacement([1], 0, rng(0)),
    "drawWithReplacement: `count` must be a whole number of at least 1, got 0",
  ],
  ["half a draw", () => drawWithoutReplacement([1], 0.5, rng(0)), "got 0.5"],
  ["NaN", () => drawWithoutReplacement([0.5, NaN], 1, rng(0)), "finite probabilities ≥ 0, got NaN in cell 1"],
  ["a negative probability", () => takeLargest([0.5, -0.1], 1), "got -0.1 in cell 1"],
  ["no probability at all", () => takeAll([0, 0]), "a cell with a probability above 0 among 2"],
  ["no cell", () => takeAll([]), "above 0 among 0"],
])("refuses %s", (_, run, message) => expect(run).toThrow(message));
