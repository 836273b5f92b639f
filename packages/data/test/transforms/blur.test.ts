import { rng } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { gaussianBlur } from "../../src/index.js";
import { noise, plain } from "../test-images.js";

describe("gaussianBlur", () => {
  it("spreads a point as the Gaussian says, the same in all directions", () => {
    const image = plain(13, 11, [0, 0, 0]);
    image.data.fill(255, 3 * (5 * 13 + 6), 3 * (5 * 13 + 7));
    const { data } = gaussianBlur(0.8)(image, rng(0));
    const at = (dx: number, dy: number) => data[3 * ((5 + dy) * 13 + 6 + dx)]!;
    const weight = (x: number) => Math.exp(-(x ** 2) / (2 * 0.8 ** 2));
    const sum = [-3, -2, -1, 0, 1, 2, 3].reduce((total, x) => total + weight(x), 0);
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [2, 0],
      [-1, 2],
      [-3, 0],
    ] as const)
      expect(Math.abs(at(dx, dy) - (255 * weight(dx) * weight(dy)) / sum ** 2)).toBeLessThanOrEqual(0.5);
    expect(at(1, -2)).toBe(at(-1, 2));
  });

  it("leaves one colour as it is, at the borders too", () => {
    const image = plain(5, 3, [7, 130, 255]);
    expect(gaussianBlur(2)(image, rng(0)).data).toEqual(image.data);
  });

  it("draws its width from a range, and does nothing below 0.3 pixels", () => {
    const image = noise(7, 5);
    expect(gaussianBlur([0, 0.2])(image, rng(0))).toBe(image);
    const of = (seed: number) => gaussianBlur([0.5, 2])(image, rng(seed)).data;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect(image).toEqual(noise(7, 5));
  });

  it.each([-1, NaN, Infinity, [2, 1], [-1, 1]] as const)("refuses %j", (sigma) => {
    expect(() => gaussianBlur(sigma)).toThrow(/^gaussianBlur: `sigma` must be at least 0, and must not fall/);
  });
});
