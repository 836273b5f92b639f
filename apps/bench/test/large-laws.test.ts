import { describe, expect, it } from "vitest";
import type { Mode } from "../src/job.js";
import { findLargeCase, type NetworkCase } from "../src/large/cases.js";
import { lawsOf } from "../src/large/laws.js";
import { fitLargest, fitSum } from "../src/large/least-squares.js";
import { BASE } from "../src/large/settings.js";
import type { Row } from "../src/row.js";
import { failedRow, networkRow } from "./fixtures/large-rows.js";

const x = [
  [1, 2, 7],
  [4, 2, 3],
  [9, 5, 1],
  [16, 3, 11],
  [25, 13, 2],
];

describe("fitSum", () => {
  it("finds the coefficients of numbers that follow a law", () => {
    const { coefficients, r2, worst } = fitSum(
      x,
      x.map(([a, b, c]) => 3 * a! + 0.5 * b! + 200 * c!),
    )!;
    expect(coefficients).toHaveLength(3);
    [3, 0.5, 200].forEach((expected, j) => expect(coefficients[j]).toBeCloseTo(expected, 6));
    expect(r2).toBeCloseTo(1, 12);
    expect(worst).toBeLessThan(1e-9);
  });

  it("makes relative errors small: y = 1 and 4 for x = 1 and 2 are c = 1.2, off by a fifth and two fifths", () => {
    const { coefficients, worst } = fitSum([[1], [2]], [1, 4])!; // c = (1 + 1/2) / (1 + 1/4)
    expect(coefficients[0]).toBeCloseTo(1.2, 12);
    expect(worst).toBeCloseTo(0.4, 12);
  });

  it("tells nothing where terms cannot be told apart", () => {
    expect(fitSum(x.map(([a]) => [a!, 2 * a!]), [1, 2, 3, 4, 5])).toBeNull(); // prettier-ignore
  });

  it("has no R² for numbers that are all the same", () => {
    expect(fitSum([[2], [2]], [6, 6])).toEqual({ coefficients: [3], r2: null, worst: 0 });
  });
});

describe("fitLargest", () => {
  const pixels = [1, 2, 3, 40, 50, 60].map((view) => [view, 10]);
  const bytes = (c: readonly number[]) => pixels.map((row) => Math.max(...row.map((value, j) => value * c[j]!)));

  it("finds the coefficient of each term where it is the largest", () => {
    const { coefficients, r2, worst } = fitLargest(pixels, bytes([58, 42]))!;
    expect(coefficients[0]).toBeCloseTo(58, 9);
    expect(coefficients[1]).toBeCloseTo(42, 9);
    expect(r2).toBeCloseTo(1, 12);
    expect(worst).toBeLessThan(1e-12);
  });

  it("does not say what a term is that is never the largest", () => {
    const { coefficients, worst } = fitLargest(pixels, bytes([0.1, 42]))!;
    expect(coefficients).toEqual([null, expect.closeTo(42, 9)]);
    expect(worst).toBeLessThan(1e-12);
  });

  it("tells nothing from rows that are all the same", () =>
    expect(fitLargest([[32, 16], [32, 16], [32, 16]], [96, 96, 96])).toBeNull()); // prettier-ignore

  it("is not misled by a few percent of noise", () => {
    const noisy = bytes([58, 42]).map((value, i) => value * (i % 2 === 0 ? 1.02 : 0.98));
    const { coefficients, worst } = fitLargest(pixels, noisy)!;
    expect(Math.abs(coefficients[0]! / 58 - 1)).toBeLessThan(0.02);
    expect(Math.abs(coefficients[1]! / 42 - 1)).toBeLessThan(0.02);
    expect(worst).toBeLessThan(0.04);
  });
});

describe("lawsOf", () => {
  /** A row whose tensors follow a law of the pixels that were read. */
  const row = (name: string, mode: Mode, pixels: number[], bytes: number): Row => {
    const { settings } = findLargeCase(name) as NetworkCase;
    const scales = [settings.scale, settings.secondScale, 1];
    const reads = pixels
      .map((pixels, i) => ({ scale: scales[i]!, count: 1, pixels }))
      .filter(({ pixels }) => pixels > 0);
    return networkRow({ case: name, mode }, { reads, tensors: { held: 500, peak: 500 + bytes } });
  };
  const zoom = (scale: number, pixels: readonly [number, number, number]) =>
    row(
      scale === BASE.scale ? "size/zoom-in" : "law/zoom-in-scale-1-16",
      "train",
      [...pixels],
      126 * pixels[0] + 141 * pixels[1] + 1365 * pixels[2],
    );

  it("finds what each stage of Zoom-In takes, beyond the weights", () => {
    const rows = [zoom(1 / 8, [16_384, 20_480, 32_768]), zoom(1 / 8, [65_536, 28_672, 32_768]), zoom(1 / 16, [16_384, 28_672, 16_384]), zoom(1 / 8, [65_536, 61_440, 65_536])]; // prettier-ignore
    const [law, ...others] = lawsOf([...rows, failedRow({}, "out of memory")]);
    expect(others).toEqual([]);
    expect(law!.terms.map(({ of }) => of)).toEqual(["s₁²HW", "N′s₂²t²", "N·hw"]);
    [126, 141, 1365].forEach((bytes, j) => expect(law!.terms[j]!.bytesPerPixel).toBeCloseTo(bytes, 6));
    expect(law!.r2).toBeCloseTo(1, 12);
    expect(law).toMatchObject({ network: "zoom-in", mode: "train", observations: 4 });
  });

  it("takes the larger stage at inference", () => {
    const attention = (view: number, patches: number) =>
      row("size/attention", "infer", [view, 0, patches], Math.max(58 * view, 420 * patches));
    const [law] = lawsOf([[1e4, 3e4], [6e4, 3e4], [5e5, 3e4], [8e5, 3e4], [1e4, 6e4]].map(([a, b]) => attention(a!, b!))); // prettier-ignore
    expect(law!.terms[0]!.bytesPerPixel).toBeCloseTo(58, 9);
    expect(law!.terms[1]!.bytesPerPixel).toBeCloseTo(420, 9);
  });

  it("counts of many views only those that Zoom-In looks at together, without a tape", () => {
    const infer = (tiles: number, patches: number) => {
      const views = { scale: BASE.scale, count: tiles, pixels: tiles * 1024 };
      const few = { scale: BASE.secondScale, count: 8, pixels: 8 * 4096 };
      const reads = [views, few, { scale: 1, count: 8, pixels: patches }];
      const bytes = Math.max(90 * Math.min(tiles, 32) * 1024, 80 * 8 * 4096, 110 * patches);
      return networkRow({ case: "size/zoom-in", mode: "infer" }, { reads, tensors: { held: 500, peak: 500 + bytes } });
    };
    const rows = [[40, 9], [6000, 9], [50_000, 9], [16, 4096], [8, 9], [4, 40_000], [9000, 50_000]].map(([a, b]) => infer(a!, b!)); // prettier-ignore
    const [law] = lawsOf(rows);
    expect(law!.terms.map(({ of }) => of)).toEqual(["32·s₁²t²", "N′s₂²t²", "N·hw"]);
    expect(law!.terms[0]!.bytesPerPixel).toBeCloseTo(90, 9);
    expect(law!.terms[2]!.bytesPerPixel).toBeCloseTo(110, 9);
  });

  it("says nothing from fewer rows than terms and one", () => {
    const [law] = lawsOf([1, 2, 3].map((n) => zoom(1 / 8, [n * 1000, n * n * 1000, 5000])));
    expect(law).toMatchObject({ r2: null, worst: null, observations: 3 });
    expect(law!.terms.every(({ bytesPerPixel }) => bytesPerPixel === null)).toBe(true);
  });
});
