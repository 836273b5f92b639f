import { describe, expect, it } from "vitest";
import { difference, checksum } from "../src/worker/checksum.js";

const of = (values: readonly number[], name = "x") => checksum(name, values);
const values = [1, -2, 3, 0.5, 4];

describe("difference", () => {
  it("is 0 between equals", () => expect(difference([of(values)], [of(values)])).toBe(0));

  it("sees one number change, two change places, and a sign", () => {
    expect(difference([of([1, -2, 3, 0.5, 4.1])], [of(values)])).toBeGreaterThan(0.01);
    const swaps = [
      [-2, 1, 3, 0.5, 4],
      [1, -2, 3, 4, 0.5],
      [1, 3, -2, 0.5, 4],
    ]; // most swaps change the projection
    expect(swaps.filter((swap) => difference([of(swap)], [of(values)]) > 0.01).length).toBeGreaterThan(0);
    expect(difference([of([1, 2, 3, 0.5, 4])], [of(values)])).toBeGreaterThan(0.01);
  });

  it("is relative: the same digits at any scale", () => {
    const scaled = (factor: number) => of([1.001, -2, 3].map((x) => factor * x));
    const exact = (factor: number) => of([1, -2, 3].map((x) => factor * x));
    expect(difference([scaled(1e6)], [exact(1e6)])).toBeCloseTo(difference([scaled(1)], [exact(1)]), 9);
  });

  it("forgives rounding where the exact answer is zero, next to gradients that are not", () => {
    expect(difference([of(values), of([1e-8], "y")], [of(values), of([-1e-8], "y")])).toBeLessThan(1e-5);
  });

  it("is infinite for NaN, another name, and a missing tensor", () => {
    expect(difference([of([NaN])], [of([1])])).toBe(Infinity);
    expect(difference([of([1], "y")], [of([1], "x")])).toBe(Infinity);
    expect(difference([], [of([1])])).toBe(Infinity);
  });
});
