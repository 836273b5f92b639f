import { rng } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { betaSample } from "../../src/mixing/beta-sample.js";

const COUNT = 4000;
const samples = (alpha: number) =>
  Array.from({ length: COUNT }, (_, i) => betaSample(rng(5).split(i), alpha)).sort((a, b) => a - b);

describe("betaSample", () => {
  it.each([0.1, 0.4, 1, 2.5, 20])("has the moments of Beta(%d, %d)", (alpha) => {
    const deviations = samples(alpha).map((x) => x - 1 / 2);
    const moment = (power: number) => deviations.reduce((sum, d) => sum + d ** power, 0) / COUNT;
    const variance = 1 / (4 * (2 * alpha + 1));
    const fourth = variance ** 2 * (3 - 6 / (2 * alpha + 3));
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(variance / COUNT)); // 4 sd
    expect(Math.abs(moment(2) - variance)).toBeLessThan(4 * Math.sqrt((fourth - variance ** 2) / COUNT));
    expect(Math.abs(moment(3))).toBeLessThan((4 * Math.sqrt(variance ** 3 * 15)) / Math.sqrt(COUNT));
  });

  it.each([
    [1 / 2, (x: number) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    [1, (x: number) => x],
    [2, (x: number) => x * x * (3 - 2 * x)],
    [3, (x: number) => x ** 3 * (10 - 15 * x + 6 * x * x)],
  ])("is distributed as Beta(%d, same) in closed form", (alpha, cumulative) => {
    const gaps = samples(alpha).map((x, i) => Math.abs(cumulative(x) - (i + 0.5) / COUNT));
    expect(Math.max(...gaps)).toBeLessThan(1.63 / Math.sqrt(COUNT)); // Kolmogorov–Smirnov, 1 in 100
  });

  it("stays in [0, 1] for the smallest and largest parameters, and repeats for a stream", () => {
    for (const alpha of [1e-6, 1e-3, 1e6]) for (const x of samples(alpha)) expect(x >= 0 && x <= 1).toBe(true);
    const near = samples(1e-3).filter((x) => x < 0.01).length;
    expect(Math.abs(near - COUNT / 2)).toBeLessThan(127 + 20); // 4 sd; few lie between
    expect(betaSample(rng(3), 0.3)).toBe(betaSample(rng(3), 0.3));
  });
});
