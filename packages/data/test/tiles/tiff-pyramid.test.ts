import { describe, expect, it } from "vitest";
import type { TiffDirectory } from "../../src/tiles/tiff-directory.js";
import { pyramidOf } from "../../src/tiles/tiff-pyramid.js";
import { sizesOf } from "./readers.js";

/** A page of a TIFF in tiles, as far as its place in a pyramid goes. */
const pageOf = (width: number, height: number, tile: number, page: number): TiffDirectory =>
  ({
    ...{ width, height, blockWidth: tile, blockHeight: tile, tiled: true, page, subifd: null, subfile: 0 },
    samples: { bits: 8, format: 1, photometric: 6 },
  }) as TiffDirectory;

const pyramidOfSizes = (tile: number, sizes: readonly (readonly [number, number])[]) => {
  const [image, ...others] = sizes.map(([width, height], page) => pageOf(width, height, tile, page));
  return pyramidOf(image!, others);
};

describe("which pages are levels", () => {
  it("those of a slide of CAMELYON16, with the sizes that OpenSlide tells from the metadata", () => {
    // In tiles of 512: stored sizes are ceil(ceil(side / 2^i) / 512) · 512, true ones side / 2^i, rounded off.
    const stored = sizesOf(
      "97792×221184 49152×110592 24576×55296 12288×27648 6144×13824 3072×7168 1536×3584 1024×2048 512×1024 512×512",
    );
    const { levels, skipped } = pyramidOfSizes(512, stored);
    expect(levels.map(({ width, height, step }) => [width, height, step])).toEqual(
      stored.map((_, i) => [97792 / 2 ** i, 221184 / 2 ** i, 2 ** i].map(Math.floor)),
    );
    expect(skipped).toEqual([]);
  });

  it.each([
    ["halved, rounded off", "1001×701 500×350 250×175 125×87", [1, 2, 4, 8]],
    ["halved, rounded up", "1001×701 501×351 251×176 126×88", [1, 2, 4, 8]],
    ["quartered", "1024×768 256×192 64×48", [1, 4, 16]],
    ["divided by three", "900×600 300×200 100×67", [1, null, null]],
    ["halved to one pixel", "300×9 150×4 75×2 37×1 18×1", [1, 2, 4, 8, 16]],
    ["halved to whole tiles", "1024×512 512×256", [1, 2]],
  ])("those of an image %s", (_, sizes, steps) => {
    const { levels } = pyramidOfSizes(256, sizesOf(sizes));
    expect(levels.map(({ step }) => step)).toEqual(steps);
    expect(levels.map(({ width, height }) => [width, height])).toEqual(sizesOf(sizes));
  });

  it("not a single tile that is not next, as many steps would give it, nor one of the size of another level", () => {
    const { levels, skipped } = pyramidOfSizes(256, sizesOf("2560×2048 256×256 1280×1024 1280×1024"));
    expect(levels.map(({ directory }) => directory.page)).toEqual([0, 2]);
    expect(skipped).toEqual([
      {
        ...{ page: 1, subifd: null, width: 256, height: 256 },
        reason: "its 256 × 256 pixels are not those of the image divided by one number",
      },
      { page: 3, subifd: null, width: 1280, height: 1024, reason: "it is no smaller than page 2" },
    ]);
  });
});
