import { describe, expect, it } from "vitest";
import { checksum } from "../src/worker/checksum.js";
import { perStep } from "../src/worker/fallbacks.js";
import { compareChecksums } from "../src/worker/compare-checksums.js";
import { margin } from "@fovea/experiment/console";

describe("compareChecksums", () => {
  const expected = [checksum("loss", [2]), checksum("weight", [3, 4])];
  const found = (loss: number, gradient: number) => [checksum("loss", [loss]), checksum("weight", [3, gradient])];

  it("is strict with the value, and less so with gradients", () => {
    expect(compareChecksums(found(2.001, 4.01), expected).invalid).toBeNull();
    expect(compareChecksums(found(2.01, 4), expected).invalid).toBe("the loss differs from the reference by 0.0050");
    expect(compareChecksums(found(2, 4.1), expected).invalid).toMatch("gradients differ from the reference by 0.0");
    expect(compareChecksums(found(2, 4.1), expected, 5e-2).invalid).toBeNull();
  });

  it("tells the value's difference from the worst", () => {
    const { valueDifference, difference } = compareChecksums(found(2.001, 4.05), expected);
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
