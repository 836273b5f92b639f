import { open as openFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { byteCache, geotiffSource } from "../../src/index.js";
import { tiledImage } from "../../src/node/index.js";
import { folderOf, noise } from "../test-images.js";
import { expectSame, sliced } from "./expected.js";
import { allOf, READERS } from "./readers.js";
import { tiffOf, type TiffImage } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const deflate = { code: 8, encode: (raw: Uint8Array) => new Uint8Array(deflateSync(raw)) };

/** One strip of grey, too large to be decoded in full: what tifffile and Pillow write by default. */
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

  const pixels = noise(61, 45, 1);
  const strip = { width: 61, height: 45, tile: 45, strips: true, perPixel: 3, samples: pixels.data };
  const write = async (name: string, image: TiffImage) => {
    const path = join(root, `${reader} ${name}.tif`);
    await writeFile(path, tiffOf([image]));
    return path;
  };

  it.each([
    ["no length of its only strip", { tags: { 279: [] } }],
    ["a length of 0", { tags: { 279: [0] } }],
    ["a length that is too small", { tags: { 279: [100] } }],
    ["a length beyond the end of the file", { tags: { 279: [900_000] } }],
    ["no length of a strip that is compressed", { tags: { 279: [] }, compression: deflate }],
    ["a length of 0 of a strip that is compressed", { tags: { 279: [0] }, compression: deflate }],
    ["a length of 0 of one strip of three", { tile: 15, tags: { 279: [2745, 0, 2745] } }],
    ["no length of three strips", { tile: 15, tags: { 279: [] } }],
    ["more entries in BitsPerSample than samples", { tags: { 258: [8, 8, 8, 1] } }],
    ["more entries in SampleFormat than samples", { tags: { 339: [1, 1, 1, 3] } }],
  ] as const)("is read also with %s", async (name, odd) => {
    const source = await open(await write(name, { ...strip, ...odd }));
    expectSame(await source.read(allOf(pixels)), pixels);
    const region = { left: 5, top: 13, width: 9, height: 20 };
    expectSame(await source.read(region), sliced(pixels, region));
    await source.close();
  });

  it("is read also if its tags are out of order, of which libtiff warns", async () => {
    const bytes = tiffOf([{ ...strip, compression: deflate }]);
    const second = new DataView(bytes.buffer).getUint32(4, true) + 2 + 12;
    const [width, height] = [bytes.slice(second - 12, second), bytes.slice(second, second + 12)];
    bytes.set([...height, ...width], second - 12);
    const path = join(root, `${reader} order.tif`);
    await writeFile(path, bytes);
    const source = await open(path);
    expectSame(await source.read(allOf(pixels)), pixels);
    await source.close();
  });

  it("is read in parts of its rows, as many in each strip", async () => {
    const large = noise(300, 400, 3); // in strips of 250 and 150 rows, which are more than is read at once
    const image = { width: 300, height: 400, tile: 250, strips: true, perPixel: 3, samples: large.data };
    const source = await open(await write("parts", image), { cache: byteCache(300_000) });
    for (const region of [allOf(large), { left: 7, top: 240, width: 20, height: 20 }])
      expectSame(await source.read(region), sliced(large, region));
    await source.close();
  });

  it("is left out only if it has neither length nor place", async () => {
    const source = await open(await write("left out", { ...strip, tile: 15, missing: [1] }));
    const expected = new Uint8Array(pixels.data).fill(0, 15 * 183, 30 * 183);
    expectSame(await source.read(allOf(pixels)), { ...pixels, data: expected });
    await source.close();
  });

  it("is refused when opened if its last strip, or the file, ends before its last row", async () => {
    const two = await write("short", { ...strip, tile: 23, tags: { 257: [46] } });
    await expect(open(two)).rejects.toThrow(
      "its header is damaged or cut short (a strip has 4026 bytes, too few for 23 rows of 183 bytes)",
    );
    const one = await write("long", { ...strip, tags: { 257: [60], 278: [60] } });
    await expect(open(one)).rejects.toThrow(
      /its header is damaged or cut short \(a strip has \d+ bytes, too few for 60 rows of 183 bytes\)$/,
    );
  });
});

describe("a strip that is not compressed", () => {
  it("is decoded in full by tiledImage, once", async () => {
    const pixels = noise(300, 400, 3);
    const path = join(root, "rows.tif");
    await writeFile(
      path,
      tiffOf([{ width: 300, height: 400, tile: 400, strips: true, perPixel: 3, samples: pixels.data }]),
    );
    const cache = byteCache(360_000);
    const source = await tiledImage(path, { cache });
    for (const top of [0, 200, 390]) await source.read({ left: 0, top, width: 10, height: 10 });
    expect([cache.misses, cache.bytes]).toEqual([1, 360_000]);
    await source.close();
  });

  it("is read by rows if the cache could not hold it", async () => {
    const pixels = noise(300, 400, 3);
    const cache = byteCache(359_999);
    const source = await tiledImage(join(root, "rows.tif"), { cache });
    const region = { left: 7, top: 200, width: 10, height: 10 };
    expectSame(await source.read(region), sliced(pixels, region));
    expect(cache.bytes).toBeLessThan(360_000 / 1.5);
    await source.close();
  });
});

describe("a strip that is compressed", () => {
  it("is decoded by tiledImage also if its bytes are more than 50 MB, which libvips has to be told", async () => {
    const rows = 6500; // of zeros, which are stored as they are
    const bytes = deflateSync(new Uint8Array(SIDE * rows), { level: 0 });
    const empty = { width: SIDE, height: rows, tile: rows, strips: true, perPixel: 1, samples: [], missing: [0] };
    const header = (strip: number) => tiffOf([{ ...empty, tags: { 259: [8], 273: [strip], 279: [bytes.length] } }]);
    const path = join(root, "50 MB.tif");
    await writeFile(path, Buffer.concat([header(header(8).length), bytes]));
    const source = await tiledImage(path);
    const { data } = await source.read({ left: 8000, top: 6400, width: 3, height: 2 });
    expect([...data]).toEqual(Array<number>(18).fill(0));
    await source.close();
  });

  it("is refused when opened if it is too large, as what it is", async () => {
    const path = await largeStrip("deflated.tif", [], 8);
    await expect(geotiffSource(path)).rejects.toThrow(
      `${path}: its tiles or strips are of 8200 × 8200 pixels, too large to decode a full strip for every read; write it again in tiles of 256 × 256`,
    );
    await expect(tiledImage(path, { cache: byteCache(1e6) })).rejects.toThrow(
      `${path}: an image of this format is decoded in full, and its 8200 × 8200 pixels take 201720000 bytes, more than the 1000000 of the cache; give a larger \`cache\`, or write it once as tiles: \`sharp(path, { limitInputPixels: false, unlimited: true })`,
    );
  });
});
