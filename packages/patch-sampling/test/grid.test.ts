import { inferenceContext, type Region } from "@fovea/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointAt, regionAround, tilesOf } from "../src/grid.js";
import { attentionSampling } from "../src/index.js";
import { noise, tinyAttention, tinyFeatures } from "./support.js";

const sides = fc.integer({ min: 1, max: 400 });
const full = (height: number, width: number): Region => ({ left: 0, top: 0, width, height });

/** How often each pixel of one side is covered by the given spans. */
function coverage(side: number, spans: readonly (readonly [from: number, length: number])[]): number[] {
  const covered = new Array<number>(side).fill(0);
  for (const [from, length] of spans)
    for (let pixel = Math.max(0, from); pixel < Math.min(side, from + length); pixel++) covered[pixel]!++;
  return covered;
}
const leftsOf = (side: number, cells: number, width: number, placement: "centre" | "corner") =>
  Array.from({ length: cells }, (_, i) => {
    const { left } = regionAround({ rows: 1, columns: cells, over: full(1, side) }, i, [1, width], placement);
    return [left, width] as const;
  });

describe("pointAt", () => {
  it("has the first and the last cell at the first and the last pixel, in corners", () => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 2, max: 50 }), (side, cells) => {
        expect(pointAt(0, cells, side, "corner")).toBe(0);
        expect(pointAt(cells - 1, cells, side, "corner")).toBe(side - 1);
      }),
    );
    expect(pointAt(0, 1, 9, "corner")).toBe(0); // of one cell, which the formula of the paper would divide by 0 for
  });

  it("is the paper's, whose indices begin at 1: floor((i - 1)(W - 1) / (w - 1))", () => {
    const paper = [1, 2, 3, 4].map((i) => Math.floor(((i - 1) * (500 - 1)) / (4 - 1)));
    expect([0, 1, 2, 3].map((i) => pointAt(i, 4, 500, "corner"))).toEqual(paper);
  });

  it.each(["centre", "corner"] as const)("only goes forward, and stays inside: %s", (placement) => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 1, max: 50 }), (side, cells) => {
        const points = Array.from({ length: cells }, (_, i) => pointAt(i, cells, side, placement));
        for (const [i, point] of points.entries()) {
          expect(point).toBeGreaterThanOrEqual(i === 0 ? 0 : points[i - 1]!);
          expect(point).toBeLessThan(side);
        }
      }),
    );
  });

  it("is the same from both ends, in centres", () => {
    for (const [cells, side] of [
      [1, 7],
      [4, 50],
      [5, 3],
    ] as const)
      for (let i = 0; i < cells; i++)
        expect(pointAt(i, cells, side, "centre") + pointAt(cells - 1 - i, cells, side, "centre")).toBeCloseTo(side, 9);
  });
});

describe("regionAround", () => {
  it("goes row by row, with the height along rows and the width along columns", () => {
    const grid = { rows: 2, columns: 3, over: { left: 1000, top: 10, width: 300, height: 40 } };
    const regions = [0, 1, 2, 3, 4, 5].map((i) => regionAround(grid, i, [4, 10]));
    expect(regions.map(({ left }) => left)).toEqual([1045, 1145, 1245, 1045, 1145, 1245]);
    expect(regions.map(({ top }) => top)).toEqual([18, 18, 18, 38, 38, 38]);
    for (const { width, height } of regions) expect([height, width]).toEqual([4, 10]);
  });

  it("leaves no pixel out if it is as large as a cell is, in centres", () => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 9 }), (side, cells, more) => {
        const width = Math.ceil(side / cells) + more;
        expect(Math.min(...coverage(side, leftsOf(side, cells, width, "centre")))).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it("leaves no pixel out if it reaches from a corner to the next one", () => {
    fc.assert(
      fc.property(sides, fc.integer({ min: 2, max: 60 }), fc.integer({ min: 0, max: 9 }), (side, cells, more) => {
        const width = 1 + Math.ceil((side - 1) / (cells - 1)) + more;
        expect(Math.min(...coverage(side, leftsOf(side, cells, width, "corner")))).toBeGreaterThanOrEqual(1);
      }),
    );
    expect(Math.min(...coverage(100, leftsOf(100, 10, 10, "corner")))).toBe(0); // 1 / scale is not enough there
  });

  it("does leave some out if it is any smaller", () => {
    expect(Math.min(...coverage(100, leftsOf(100, 10, 9, "centre")))).toBe(0);
    expect(Math.min(...coverage(14, leftsOf(14, 1, 10, "centre")))).toBe(0); // a view of 1.4 pixels is one of 1
  });
});

describe("tilesOf", () => {
  it("has every pixel in just one tile, of any image", () => {
    const sizes = fc.tuple(sides, sides, fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }));
    fc.assert(
      fc.property(sizes, ([width, height, tileWidth, tileHeight]) => {
        const tiles = tilesOf({ width, height }, [tileHeight, tileWidth]);
        const columns = [...new Set(tiles.map(({ left }) => left))];
        const rows = [...new Set(tiles.map(({ top }) => top))];
        expect(tiles).toHaveLength(rows.length * columns.length);
        const once = (side: number, froms: readonly number[], length: number) =>
          expect(
            new Set(
              coverage(
                side,
                froms.map((from) => [from, length]),
              ),
            ),
          ).toEqual(new Set([1]));
        once(width, columns, tileWidth);
        once(height, rows, tileHeight);
      }),
      { numRuns: 50 },
    );
  });

  it("goes row by row, and over the edges", () => {
    expect(tilesOf({ width: 50, height: 30 }, [20, 30])).toEqual([
      { left: 0, top: 0, width: 30, height: 20 },
      { left: 30, top: 0, width: 30, height: 20 },
      { left: 0, top: 20, width: 30, height: 20 },
      { left: 30, top: 20, width: 30, height: 20 },
    ]);
  });
});

it("a sampler's patches, as large as a pixel of its view is, cover the full image", async () => {
  for (const [width, height, scale] of [
    [48, 32, 1 / 8],
    [60, 20, 1 / 4],
    [40, 1, 1 / 4],
  ] as const) {
    const sampler = attentionSampling(
      { attention: tinyAttention(), features: tinyFeatures() },
      { scale, patch: [1 / scale, 1 / scale], samples: 1 },
    );
    const { regions } = await sampler.plan(noise(width, height), inferenceContext(), { mode: "exact" });
    const seen = new Set(
      regions.flatMap(({ left, top, ...size }) =>
        Array.from({ length: size.width * size.height }, (_, i) => {
          const [x, y] = [left + (i % size.width), top + Math.floor(i / size.width)];
          return x >= 0 && y >= 0 && x < width && y < height ? `${x},${y}` : "outside";
        }),
      ),
    );
    seen.delete("outside");
    expect(seen.size).toBe(width * height);
  }
});
