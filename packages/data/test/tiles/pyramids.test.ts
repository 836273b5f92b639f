import type { Pixels } from "@fovea/nn";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { folderOf, noise } from "../test-images.js";
import { expectSame, sliced } from "./expected.js";
import { allOf, READERS, sizesOf } from "./readers.js";
import { tiffOf, type TiffImage } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const PADDING = 200;

/** Pixels below 200, within padding to whole tiles, as a page. */
function paddedPage({ width, height, data }: Pixels, tile: number): TiffImage {
  const whole = (side: number) => Math.ceil(side / tile) * tile;
  const samples = new Uint8Array(whole(width) * whole(height) * 3).fill(PADDING);
  for (let y = 0; y < height; y++) samples.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * whole(width) * 3);
  return { width: whole(width), height: whole(height), tile, perPixel: 3, samples };
}

const dark = (width: number, height: number, seed: number): Pixels => {
  const { data, ...pixels } = noise(width, height, seed);
  return { ...pixels, data: data.map((value) => value % PADDING) };
};

describe.each(READERS)("a pyramid padded to whole tiles, by %s", (reader, open) => {
  it.each([
    ["of unlike sides", "80×64 40×32 20×16"],
    ["of sides that are padded by one ratio", "48×48 24×24 12×12"],
    ["whose coarsest level is one tile", "64×48 32×24 16×12"],
  ])("%s is read from the coarsest level, and its padding never", async (name, text) => {
    const sizes = sizesOf(text);
    const levels = sizes.map(([width, height], i) => dark(width, height, i));
    const path = join(root, `${reader} ${name}.tif`);
    await writeFile(path, tiffOf(levels.map((level) => paddedPage(level, 16))));
    const source = await open(path);
    const [full, half] = levels as [Pixels, Pixels];
    expect(source).toMatchObject({ width: full.width, height: full.height, skipped: [] });
    expect(source.levels).toEqual(sizes.map(([width, height], i) => ({ width, height, step: 2 ** i })));
    for (const [i, level] of levels.entries()) expectSame(await source.read(allOf(source), 0.5 ** i), level);
    const region = { left: 8, top: 4, width: 24, height: 36 };
    expectSame(await source.read(region, 0.5), sliced(half, { left: 4, top: 2, width: 12, height: 18 }));
    await source.close();
  });

  it("leaves its padding outside where the image is not padded itself, and has odd sides", async () => {
    const [full, half] = [dark(75, 51, 1), dark(37, 25, 2)];
    const path = join(root, `${reader} odd.tif`);
    const page = { width: 75, height: 51, tile: 16, perPixel: 3, samples: full.data };
    await writeFile(path, tiffOf([page, paddedPage(half, 16)]));
    const source = await open(path);
    expect(source.levels).toEqual([
      { width: 75, height: 51, step: 1 },
      { width: 37, height: 25, step: 2 },
    ]);
    const read = await source.read({ left: 0, top: 0, width: 74, height: 50 }, 0.5);
    expectSame(read, half); // the last stored pixel stands for the odd column as well
    await source.close();
  });
});
