import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rng, subSeed } from "../src/index.js";
import { threefry } from "../src/random.js";

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;

describe("threefry", () => {
  it.each([
    [[0, 0, 0, 0], "6b200159 99ba4efe"],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], "1cb996fc bb002be7"],
    [[0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3], "c4923a9c 483df7a0"],
  ] as const)("gives Random123's known answer for %j", ([k0, k1, c0, c1], answer) => {
    const words = threefry(k0, k1, c0, c1).map((word) => word.toString(16));
    expect(words.join(" ")).toBe(answer);
  });
});

describe("rng", () => {
  it("repeats itself", () => {
    const draws = () => [rng(7).uniform(5), rng(7).normal(5), rng(7).permutation(5), rng(7).integer(1000)];
    expect(draws()).toEqual(draws());
  });

  it("does not depend on what was drawn before", () => {
    const used = rng(7);
    used.uniform(100);
    used.split("a").normal(3);
    expect(used.split("b").uniform(4)).toEqual(rng(7).split("b").uniform(4));
  });

  it("splits into streams that differ by name, number, depth and seed", () => {
    const root = rng(1);
    const streams = [
      root,
      root.split("a"),
      root.split("b"),
      root.split(0),
      root.split(1),
      root.split("0"),
      root.split("a", "b"),
    ];
    const others = [
      root.split("b", "a"),
      root.split("ab"),
      root.split(2 ** 40),
      root.split(2 ** 40 + 1),
      rng(2),
      rng(2 ** 33),
    ];
    const keys = [...streams, ...others].map((stream) => stream.key.join());
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("splits by a path as by its parts one after another", () =>
    expect(rng(3).split("a", 5, "c").key).toEqual(rng(3).split("a").split(5).split("c").key));

  it("gives a prefix of a longer draw", () => {
    expect(rng(4).uint32(3)).toEqual(rng(4).uint32(8).slice(0, 3));
    expect(rng(4).normal(3)).toEqual(rng(4).normal(8).slice(0, 3));
  });

  it("draws uniform numbers in range with the right mean and variance", () => {
    const draws = rng(5).uniform(20_000, -1, 3);
    expect(draws.every((x) => x >= -1 && x < 3)).toBe(true);
    expect(mean(draws)).toBeCloseTo(1, 1);
    expect(mean(draws.map((x) => (x - 1) ** 2))).toBeCloseTo(16 / 12, 1);
  });

  it("draws normal numbers with the right moments", () => {
    const draws = rng(6).normal(20_001, 2, 3);
    expect(mean(draws)).toBeCloseTo(2, 1);
    expect(mean(draws.map((x) => ((x - 2) / 3) ** 2))).toBeCloseTo(1, 1);
    expect(mean(draws.map((x) => ((x - 2) / 3) ** 4))).toBeCloseTo(3, 0);
    expect(draws.every(Number.isFinite)).toBe(true);
  });

  it("permutes", () =>
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (length, seed) => {
        const order = Array.from(rng(seed).permutation(length));
        expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      }),
      { numRuns: 30 },
    ));

  it("gives every permutation of three the same chance", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = rng(8).split(i).permutation(3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150); // 5 standard deviations
  });

  it("draws whole numbers below a bound, up to 2³²", () => {
    const draws = Array.from({ length: 700 }, (_, i) => rng(9).split(i).integer(7));
    expect(new Set(draws)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    expect(rng(9).integer(1)).toBe(0);
    expect(rng(9).integer(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it("refuses seeds and bounds that are none", () => {
    expect(() => rng(0.5)).toThrow("rng: `seed` must be a whole number, got 0.5.");
    expect(() => rng(1).integer(0)).toThrow("rng.integer: `bound` must be in 1 … 2³², got 0.");
  });
});

describe("subSeed", () => {
  it("is a seed, another one for each path", () => {
    const seeds = [
      subSeed(0, "a"),
      subSeed(0, "b"),
      subSeed(1, "a"),
      subSeed(0, "a", 0),
      subSeed(0, "a", 1),
      subSeed(0),
    ];
    expect(seeds.every(Number.isSafeInteger)).toBe(true);
    expect(new Set(seeds).size).toBe(seeds.length);
    expect(subSeed(3, "a", 1)).toBe(subSeed(3, "a", 1));
  });
});
