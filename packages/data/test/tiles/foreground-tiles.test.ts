import type { Pixels, Region } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { byContrast, byIntensity, bySaturation, foregroundTiles, pixelsSource } from "../../src/index.js";
import type { KeepTile } from "../../src/index.js";
import { noise, plain } from "../test-images.js";

/** White, 100 × 70, with rectangles of a color. */
function scene(...parts: readonly (readonly [region: Region, color: readonly number[]])[]): Pixels {
  const { data, ...size } = plain(100, 70, [255, 255, 255]);
  for (const [{ left, top, width, height }, color] of parts)
    for (let y = top; y < top + height; y++)
      for (let x = left; x < left + width; x++) data.set(color, (y * 100 + x) * 3);
  return { ...size, data };
}

const corners = (regions: readonly Region[]) => regions.map(({ left, top }) => [left, top]);
const RED = [200, 80, 80];
const part = { left: 35, top: 22, width: 10, height: 10 };

describe("foregroundTiles", () => {
  it("lists the tiles that are not of one color, row by row", async () => {
    const source = pixelsSource(scene([part, RED], [{ left: 95, top: 65, width: 2, height: 2 }, RED]));
    const tiles = await foregroundTiles(source, { tile: 20 });
    expect(tiles).toEqual([
      { left: 20, top: 20, width: 20, height: 20 },
      { left: 40, top: 20, width: 20, height: 20 },
      { left: 80, top: 60, width: 20, height: 20 }, // reaches outside, and its white part is not compared with zeros
    ]);
    expect(await foregroundTiles(pixelsSource(scene()), { tile: 30 })).toEqual([]);
  });

  it("covers the image with one grid", async () => {
    const seen: Region[] = [];
    const keep = ({ width, height }: Pixels, region: Region) => {
      seen.push(region);
      return width > 0 && height > 0;
    };
    const tiles = await foregroundTiles(pixelsSource(noise(100, 70)), { tile: [30, 40], keep });
    expect(tiles).toHaveLength(3 * 3);
    expect(corners(tiles)).toEqual([0, 30, 60].flatMap((top) => [0, 40, 80].map((left) => [left, top])));
    expect(seen).toHaveLength(9);
  });

  it("shows `keep` the tile at `scale`, as far as it lies in the image", async () => {
    const sizes: unknown[] = [];
    const keep = ({ width, height }: Pixels) => sizes.push([width, height]) > 0;
    await foregroundTiles(pixelsSource(noise(100, 70)), { tile: 60, scale: 0.1, keep });
    expect(sizes).toEqual([
      [6, 6],
      [4, 6],
      [6, 1],
      [4, 1],
    ]);
  });

  it("goes by intensity, saturation or contrast", async () => {
    const black = { left: 0, top: 0, width: 20, height: 20 };
    const source = pixelsSource(scene([part, RED], [black, [0, 0, 0]]));
    const by = async (keep: KeepTile) => corners(await foregroundTiles(source, { tile: 20, keep }));
    expect(await by(byIntensity({ most: 254 }))).toEqual([
      [0, 0],
      [20, 20],
      [40, 20],
    ]);
    expect(await by(byIntensity({ least: 1, most: 254 }))).toEqual([
      [20, 20],
      [40, 20],
    ]);
    expect(await by(bySaturation({ least: 0.05 }))).toEqual([
      [20, 20],
      [40, 20],
    ]);
    expect(await by(byContrast(8))).toEqual([
      [20, 20],
      [40, 20],
    ]);
  });

  it("measures means as defined", () => {
    // half white, half of saturation 0.6 and intensity 120
    const view = scene([{ left: 0, top: 0, width: 50, height: 70 }, RED]);
    for (const [keep, mean] of [
      [byIntensity, 187.5],
      [bySaturation, 0.3],
    ] as const) {
      const edge = 1e-9;
      expect(keep({ least: mean - edge, most: mean + edge })(view, part)).toBe(true);
      expect(keep({ least: mean + edge })(view, part)).toBe(false);
      expect(keep({ most: mean - edge })(view, part)).toBe(false);
    }
    const steps = plain(4, 4, [10, 20, 30]);
    steps.data[7] = 25;
    expect([byContrast(4)(steps, part), byContrast(5)(steps, part)]).toEqual([true, false]);
  });

  it("refuses settings that are none", async () => {
    const source = pixelsSource(noise(9, 9));
    await expect(foregroundTiles(source, { tile: 0 })).rejects.toThrow(
      "foregroundTiles: `tile` must be a whole number",
    );
    await expect(foregroundTiles(source, { tile: 4, scale: 2 })).rejects.toThrow("`scale` must be in (0, 1], got 2.");
    expect(() => byIntensity({ least: 3, most: 2 })).toThrow("byIntensity: expected `least` ≤ `most`, got 3 and 2.");
    expect(() => byContrast(-1)).toThrow("byContrast: `difference` must be at least 0, got -1.");
  });
});
