import { rng } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { drawDistinct, drawDistinctBig } from "../src/draw.js";

/** Largest relative distance of a count from the mean. */
const unevenness = (counts: readonly number[]) => {
  const mean = counts.reduce((a, b) => a + b) / counts.length;
  return Math.max(...counts.map((count) => Math.abs(count - mean) / mean));
};

describe("drawDistinct", () => {
  it("draws every ordered pair as often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const pair = drawDistinct(rng(i), 4, 2).join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(4 * 3);
    expect(unevenness([...counts.values()])).toBeLessThan(0.12); // 4 sd of 1000
  });
  it("is a permutation when it draws all", () => {
    expect(drawDistinct(rng(5), 11, 11).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

describe("drawDistinctBig", () => {
  it("draws every subset as often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const subset = drawDistinctBig(rng(i), 5n, 3).join();
      counts.set(subset, (counts.get(subset) ?? 0) + 1);
    }
    expect(counts.size).toBe(10); // C(5, 3), each ascending
    expect(unevenness([...counts.values()])).toBeLessThan(0.12);
  });
  it("reaches far beyond 2⁶⁴ and stays below the bound", () => {
    const bound = 3n ** 100n;
    const drawn = drawDistinctBig(rng(0), bound, 50);
    expect(new Set(drawn).size).toBe(50);
    expect(drawn.every((value, i) => value < bound && (i === 0 || value > drawn[i - 1]!))).toBe(true);
    expect(drawn.at(-1)! > bound / 2n).toBe(true);
    expect(drawn[0]! < bound / 2n).toBe(true);
  });
});
