import { describe, expect, it } from "vitest";
import { digest } from "../src/child/digest.js";
import { perStep } from "../src/child/fallbacks.js";
import { verdict } from "../src/child/verdict.js";
import { margin } from "../src/statistics.js";

describe("verdict", () => {
  const expected = [digest("loss", [2]), digest("weight", [3, 4])];
  const found = (loss: number, slope: number) => [digest("loss", [loss]), digest("weight", [3, slope])];

  it("is strict with the value, and less so with gradients", () => {
    expect(verdict(found(2.001, 4.01), expected).invalid).toBeNull();
    expect(verdict(found(2.01, 4), expected).invalid).toBe("the loss differs from the reference by 0.0050");
    expect(verdict(found(2, 4.1), expected).invalid).toMatch("gradients differ from the reference by 0.0");
    expect(verdict(found(2, 4.1), expected, 5e-2).invalid).toBeNull();
  });

  it("tells the value's difference from the worst", () => {
    const { valueDifference, difference } = verdict(found(2.001, 4.05), expected);
    expect(valueDifference).toBeCloseTo(0.0005, 6);
    expect(difference).toBeCloseTo(0.01, 6);
  });
});

describe("perStep", () => {
  it("counts what was called between, and nothing else", () =>
    expect(perStep({ Erf: 2, Pad: 7 }, { Erf: 8, Pad: 7, TopK: 3 }, 3)).toEqual({ Erf: 2, TopK: 1 }));
});

describe("margin", () => {
  it("is t · s / √n, in percent of the mean", () => {
    expect(margin([9, 11])).toBeCloseTo((100 * 12.706 * Math.SQRT2) / Math.SQRT2 / 10, 9);
    expect(margin([5])).toBe(0);
  });
});
