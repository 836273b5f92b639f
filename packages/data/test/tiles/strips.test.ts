import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { byteCache, geotiffSource, tiledImage } from "../../src/index.js";
import { folderOf, noise } from "../pictures.js";
import { expectSame, sliced } from "./expected.js";
import { allOf, READERS } from "./readers.js";
import { tiffOf } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

/** One strip of grey, too large to be decoded as a whole: what tifffile and Pillow write by default. */
const SIDE = 8200;
expect(SIDE * SIDE).toBeGreaterThan(2 ** 26);

/** Writes it as a file with a hole: zero but for a few rows, of which pixel x is x + y, modulo 251. */
async function largeStrip(name: string, rows: readonly number[], compression = 1): Promise<string> {
  const empty = { width: SIDE, height: SIDE, tile: SIDE, strips: true, perPixel: 1, samples: [], missing: [0] };
  const header = tiffOf([{ ...empty, tags: { 259: [compression] } }]);
  const view = new DataView(header.buffer);
  const directory = view.getUint32(4, true);
  const start = header.length;
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const at = directory + 2 + 12 * i;
    const value = { 273: start, 279: SIDE * SIDE }[view.getUint16(at, true)];
    if (value !== undefined) view.setUint32(at + 8, value, true);
  }
  const path = join(root, name);
  const file = await openFile(path, "w");
  await file.write(header);
  for (const y of rows)
    await file.write(
      Uint8Array.from({ length: SIDE }, (_, x) => (x + y) % 251),
      0,
      SIDE,
      start + y * SIDE,
    );
  await file.truncate(start + SIDE * SIDE);
  await file.close();
  return path;
}

describe.each(READERS)("a TIFF in strips, by %s", (reader, open) => {
  it("is read row by row where nothing is compressed, however large its strip", async () => {
    const path = await largeStrip(`${reader} large.tif`, [0, 5000, 8199]);
    const source = await open(path, {});
    expect(source).toMatchObject({ width: SIDE, height: SIDE });
    for (const y of [0, 5000, 8199]) {
      const { data } = await source.read({ left: 8190, top: y, width: 15, height: 2 });
      const row = Array.from({ length: 15 }, (_, i) => (i < 10 ? (8190 + i + y) % 251 : 0));
      expect([...data]).toEqual([...row, ...Array<number>(15).fill(0)].flatMap((value) => [value, value, value]));
    }
    await source.close();
  });

  it.each([
    ["uncompressed", 1, 7],
    ["of one strip", 1, 45],
    ["of bits", 0.125, 7],
  ] as const)("%s is read from any rectangle", async (name, depth, tile) => {
    const pixels = noise(61, 45, 1);
    const bits = depth < 1;
    const samples = bits ? pixels.data.map((value) => value & 1).filter((_, i) => i % 3 === 0) : pixels.data;
    const path = join(root, `${reader} ${name}.tif`);
    const file = await openFile(path, "w");
    await file.write(tiffOf([{ width: 61, height: 45, tile, strips: true, perPixel: bits ? 1 : 3, depth, samples }]));
    await file.close();
    const source = await open(path);
    const expected = bits
      ? Uint8Array.from({ length: 61 * 45 * 3 }, (_, i) => 255 * samples[Math.floor(i / 3)]!)
      : pixels.data;
    for (const region of [
      allOf(pixels),
      { left: 5, top: 6, width: 9, height: 2 },
      { left: -3, top: 30, width: 70, height: 30 },
    ])
      expectSame(await source.read(region), sliced({ ...pixels, data: expected }, region));
    await source.close();
  });

  it("is refused when opened if its last strip ends before its last row", async () => {
    const path = join(root, `${reader} short.tif`);
    const { data } = noise(61, 45, 1);
    const file = await openFile(path, "w");
    await file.write(
      tiffOf([
        { width: 61, height: 45, tile: 45, strips: true, perPixel: 3, samples: data, tags: { 257: [46], 278: [46] } },
      ]),
    );
    await file.close();
    await expect(open(path)).rejects.toThrow(
      "its header is damaged or cut short (its last strip has 8235 bytes, too few for 61 × 46 pixels)",
    );
  });
});

describe("a strip that is compressed and too large", () => {
  it("is refused when opened, as what it is", async () => {
    const path = await largeStrip("deflated.tif", [], 8);
    await expect(geotiffSource(path)).rejects.toThrow(
      `${path}: its tiles or strips are of 8200 × 8200 pixels, too large to be decoded for every read, as a whole strip has to be; write it again in tiles of 256 × 256`,
    );
    await expect(tiledImage(path, { cache: byteCache(1e6) })).rejects.toThrow(
      `${path}: a picture of this format is decoded as a whole, and its 8200 × 8200 pixels take 201720000 bytes, more than the 1000000 of the cache; give a larger \`cache\`, or write it once as tiles: \`sharp(path, { limitInputPixels: false, unlimited: true })`,
    );
  });
});
