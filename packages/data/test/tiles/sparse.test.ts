import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { folderOf, noise, plain } from "../test-images.js";
import { difference, expectSame, waves } from "./expected.js";
import { allOf, READERS } from "./readers.js";
import { tiffOf, type TiffImage } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const size = { width: 80, height: 48 };
const { data } = noise(80, 48, 1);
/** Fifteen tiles, of which that at (32, 16) and the last one, at (64, 32), are left out. */
const sparse: TiffImage = { ...size, tile: 16, perPixel: 3, samples: data, missing: [7, 14] };
const GAPS = [
  { left: 32, top: 16, width: 16, height: 16 },
  { left: 64, top: 32, width: 16, height: 16 },
];

/** The noise, with a colour where tiles are left out. */
function gapped(color: readonly number[]) {
  const expected = new Uint8Array(data);
  for (const { left, top } of GAPS)
    for (let i = 0; i < 256; i++) expected.set(color, ((top + (i >> 4)) * 80 + left + (i & 15)) * 3);
  return { ...size, channels: 3 as const, data: expected };
}

/** A little-endian TIFF whose tile `index` is said to have no bytes, and to be nowhere. */
function without(file: Uint8Array, index: number): Uint8Array {
  const bytes = new Uint8Array(file);
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(4, true);
  for (let i = 0; i < view.getUint16(directory, true); i++) {
    const at = directory + 2 + 12 * i;
    if (![324, 325].includes(view.getUint16(at, true))) continue;
    const [size, list] = [view.getUint16(at + 2, true) === 3 ? 2 : 4, view.getUint32(at + 8, true)];
    bytes.fill(0, list + size * index, list + size * (index + 1));
  }
  return bytes;
}

describe.each(READERS)("tiles that a sparse TIFF leaves out, by %s", (reader, open) => {
  const write = async (name: string, bytes: Uint8Array) => {
    const path = join(root, `${reader} ${name}.tif`);
    await writeFile(path, bytes);
    return path;
  };

  it.each([
    ["0 by default", {}, {}, [0, 0, 0]],
    ["what GDAL_NODATA says", { blobs: { 42113: "90" } }, {}, [90, 90, 90]],
    ["0 if no sample can be what GDAL_NODATA says", { blobs: { 42113: "-9999" } }, {}, [0, 0, 0]],
    ["what is asked for", { blobs: { 42113: "90" } }, { missing: [255, 254, 253] as const }, [255, 254, 253]],
  ])("are %s", async (name, tags, options, color) => {
    const source = await open(await write(name, tiffOf([{ ...sparse, ...tags }])), options);
    expectSame(await source.read(allOf(size)), gapped(color));
    for (const gap of GAPS) expectSame(await source.read(gap), plain(16, 16, color));
    await source.close();
  });

  it("are transparent where there is alpha", async () => {
    const samples = Array.from({ length: 80 * 48 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3), 255]).flat();
    const image = { ...sparse, perPixel: 4, samples, tags: { 338: [2] } };
    const source = await open(await write("alpha", tiffOf([image])), { background: [1, 2, 3] });
    expectSame(await source.read(allOf(size)), gapped([1, 2, 3]));
    await source.close();
  });

  it("may be of one plane", async () => {
    const source = await open(await write("planes", tiffOf([{ ...sparse, planar: true, missing: [15 + 7, 30 + 7] }])));
    const [gap] = GAPS as [(typeof GAPS)[0]];
    const red = (await source.read(gap)).data.map((value, i) => (i % 3 === 0 ? value : 255 - value));
    const stored = (i: number) => data[((gap.top + (i >> 4)) * 80 + gap.left + (i & 15)) * 3]!;
    expect([...red]).toEqual(Array.from({ length: 256 }, (_, i) => [stored(i), 255, 255]).flat());
    await source.close();
  });

  it("may be of one plane, whose samples are what GDAL_NODATA says", async () => {
    const planes = { ...sparse, planar: true, missing: [15 + 7, 30 + 7], blobs: { 42113: "90" } };
    const source = await open(await write("planes of nodata", tiffOf([planes])));
    const [gap] = GAPS as [(typeof GAPS)[0]];
    const stored = (i: number) => data[((gap.top + (i >> 4)) * 80 + gap.left + (i & 15)) * 3]!;
    expect([...(await source.read(gap)).data]).toEqual(
      Array.from({ length: 256 }, (_, i) => [stored(i), 90, 90]).flat(),
    );
    await source.close();
  });

  it("are what GDAL_NODATA says in floating point, too", async () => {
    const samples = Array.from({ length: 80 * 48 }, (_, i) => data[3 * i]! / 255);
    const floats = { ...sparse, perPixel: 1, depth: 4, format: 3, samples, blobs: { 42113: "0.5" } } as const;
    const source = await open(await write("floats", tiffOf([floats])), { range: [0, 1] });
    for (const gap of GAPS) expectSame(await source.read(gap), plain(16, 16, [128, 128, 128])); // 127.5, to the nearest
    await source.close();
  });

  it("are black in a coarser level too, and in JPEG, whose zeros are green", async () => {
    const pixels = waves(256, 128, 8);
    const tiff = { tile: true, tileWidth: 64, tileHeight: 64, compression: "jpeg", quality: 80 } as const;
    const raw = { raw: { width: 256, height: 128, channels: 3 } } as const;
    const whole = await write("whole jpeg", await sharp(pixels.data, raw).tiff(tiff).toBuffer());
    const gap = await write("jpeg", without(await sharp(pixels.data, raw).tiff(tiff).toBuffer(), 5));
    const [source, complete] = [await open(gap), await open(whole)];
    expectSame(await source.read({ left: 64, top: 64, width: 64, height: 64 }), plain(64, 64, [0, 0, 0]));
    const beside = [
      { left: 0, top: 0, width: 256, height: 64 },
      { left: 128, top: 64, width: 128, height: 64 },
    ];
    for (const region of beside) expect(difference(await source.read(region), await complete.read(region))).toBe(0);
    const half = await source.read(allOf(pixels), 0.5);
    expect([...half.data.subarray((40 * 128 + 40) * 3, (40 * 128 + 42) * 3)]).toEqual([0, 0, 0, 0, 0, 0]);
    await Promise.all([source.close(), complete.close()]);
  });

  it("may be all of them", async () => {
    const all = Array.from({ length: 15 }, (_, i) => i);
    const source = await open(await write("all", tiffOf([{ ...sparse, missing: all }])));
    expectSame(await source.read(allOf(size)), plain(80, 48, [0, 0, 0]));
    await source.close();
  });

  it("may be strips", async () => {
    for (const compression of [undefined, { code: 32773, encode: literal }]) {
      const strips = { ...sparse, tile: 8, strips: true, missing: [2], ...(compression && { compression }) };
      const source = await open(await write(`strips ${compression?.code}`, tiffOf([strips])));
      const expected = new Uint8Array(data).fill(0, 16 * 240, 24 * 240);
      expectSame(await source.read(allOf(size)), { ...size, channels: 3, data: expected });
      await source.close();
    }
  });
});

/** PackBits that packs nothing: each run of 128 bytes after its length less one. */
function literal(bytes: Uint8Array): Uint8Array {
  const runs = Array.from({ length: Math.ceil(bytes.length / 128) }, (_, i) => bytes.subarray(128 * i, 128 * (i + 1)));
  return Uint8Array.from(runs.flatMap((run) => [run.length - 1, ...run]));
}
