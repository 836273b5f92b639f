import { expect, it } from "vitest";
import { fansOf, rng, variable, type Init } from "../src/index.js";
import { assertNoLeak } from "../src/testing/index.js";

const shape: [number, number, number, number] = [3, 3, 20, 40];
const { fanIn: n, fanOut: m } = fansOf(shape);

it("fansOf counts the window", () => {
  expect(fansOf([5, 7])).toEqual({ fanIn: 5, fanOut: 7 });
  expect(fansOf([3, 2, 5, 7])).toEqual({ fanIn: 30, fanOut: 42 });
  expect(fansOf([7])).toEqual({ fanIn: 7, fanOut: 7 });
});

const truncatedVariance = 0.02 ** 2 * 0.774; // of a normal within two standard deviations

it.each<[Init, variance: number, bound: number]>([
  ["zeros", 0, 0],
  ["xavierUniform", 2 / (n + m), Math.sqrt(6 / (n + m))],
  ["xavierNormal", 2 / (n + m), Infinity],
  ["heNormal", 2 / n, Infinity],
  ["heNormalFanOut", 2 / m, Infinity],
  ["heUniform", 2 / n, Math.sqrt(6 / n)],
  ["lecunNormal", 1 / n, Infinity],
  ["uniformFanIn", 1 / (3 * n), 1 / Math.sqrt(n)],
  ["truncatedNormal02", truncatedVariance, 0.04],
])("%s has mean 0, its variance and its bound", (init, variance, bound) => {
  const weight = variable(init, shape, 3);
  const values = Array.from(weight.dataSync());
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const spread = values.reduce((sum, x) => sum + x * x, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThanOrEqual(5 * Math.sqrt(variance / values.length));
  expect(Math.abs(spread - variance)).toBeLessThanOrEqual(0.05 * variance);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-6));
  expect(weight.trainable).toBe(true);
  weight.dispose();
});

it("ones are ones, fans can be given, the seed decides", () => {
  expect([...variable("ones", [3]).dataSync()]).toEqual([1, 1, 1]);
  const wide = variable("heUniform", [2, 2], 1, { fanIn: 6, fanOut: 1 }).dataSync();
  expect(wide).toEqual(rng(1).uniform(4, -1, 1));
  expect(variable("heNormal", [4, 4], 1).dataSync()).not.toEqual(variable("heNormal", [4, 4], 2).dataSync());
});

it("makes no tensor but the variable", () => assertNoLeak(() => variable("truncatedNormal02", [3, 5]).dispose()));

it("refuses an init there is not", () =>
  expect(() => variable("kaiming" as Init, [2])).toThrow(
    "variable: `init` must be one of zeros, ones, xavierUniform,",
  ));
