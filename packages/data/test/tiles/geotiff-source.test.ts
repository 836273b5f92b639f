import type { Pixels, Region } from "@fovea/nn";
import { createServer } from "node:http";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { byteCache, geotiffSource } from "../../src/index.js";
import { decodeImage, tiledImage } from "../../src/node/index.js";
import { folderOf, noise, plain } from "../test-images.js";
import { difference, expectSame, sliced, waves } from "./expected.js";
import { fixture } from "./fixtures.js";
import { tiffOf } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const image = (pixels: Pixels) =>
  sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } });
const tiles = { tile: true, tileWidth: 64, tileHeight: 64, pyramid: true } as const;
const REGIONS: readonly Region[] = [
  { left: 70, top: 66, width: 20, height: 17 },
  { left: 260, top: 180, width: 90, height: 70 },
  { left: -5, top: -5, width: 310, height: 210 },
];

describe("geotiffSource and tiledImage", () => {
  it.each([
    // 2, but for 2 in 10,000: blue is 1.8 of chroma
    ["YCbCr JPEG", "y.tif", { ...tiles, compression: "jpeg", quality: 80 }, 3],
    ["RGB JPEG in a BigTIFF", "r.tif", { ...tiles, compression: "jpeg", quality: 95, bigtiff: true }, 2],
    ["deflate", "d.tif", { ...tiles, compression: "deflate", predictor: "horizontal" }, 0],
    ["LZW in strips", "l.tif", { compression: "lzw" }, 0],
  ] as const)("read the same pixels of %s", async (_, file, tiff, most) => {
    const path = join(root, file);
    await image(waves(512, 256, 8))
      .tiff(tiff)
      .toFile(path); // slow, and of whole tiles: JPEG keeps half the chroma
    const [ours, theirs] = [await geotiffSource(path), await tiledImage(path)];
    expect(ours).toMatchObject({ name: path, width: 512, height: 256 });
    for (const region of REGIONS)
      for (const scale of [1, 0.5, 0.3])
        expect(difference(await ours.read(region, scale), await theirs.read(region, scale))).toBeLessThanOrEqual(most);
    await Promise.all([ours.close(), theirs.close()]);
  });

  it.each([
    ["both ways", "4:2:0", 96, 90],
    ["both ways, of odd sides", "4:2:0", 97, 91],
    ["not at all", "4:4:4", 96, 90],
  ] as const)("agree on edges of colour in JPEG whose chroma is halved %s", async (name, chromaSubsampling, w, h) => {
    const stripes = plain(w, h, [0, 0, 0]);
    for (let i = 0; i < w * h; i++)
      stripes.data.set(
        (i % 7 < 3 ? [230, 20, 40] : [20, 60, 220]).map((v) => v + (i % 5)),
        3 * i,
      );
    // One strip that is a whole JPEG, put together by hand: sharp gives no choice of how TIFFs store chroma.
    const jpeg = await image(stripes).jpeg({ quality: 95, chromaSubsampling }).toBuffer();
    const compression = { code: 7, encode: () => new Uint8Array(jpeg) };
    const strip = { width: w, height: h, tile: h, strips: true, perPixel: 3, samples: stripes.data, compression };
    const path = join(root, `${name}.tif`);
    await writeFile(
      path,
      tiffOf([{ ...strip, tags: { 262: [6], 530: chromaSubsampling === "4:2:0" ? [2, 2] : [1, 1] } }]),
    );
    const [ours, theirs] = [await geotiffSource(path), await tiledImage(path)];
    for (const region of [
      { left: 0, top: 0, width: w, height: h },
      { left: 31, top: 17, width: 40, height: 33 },
    ])
      expect(difference(await ours.read(region), await theirs.read(region))).toBeLessThanOrEqual(3);
    await Promise.all([ours.close(), theirs.close()]);
  });

  it("agree on edges of colour in JPEG whose chroma is halved along the rows", async () => {
    const [ours, theirs] = [await geotiffSource(fixture("jpeg-422")), await tiledImage(fixture("jpeg-422"))];
    const whole = { left: 0, top: 0, width: 48, height: 40 };
    expect(difference(await ours.read(whole), await theirs.read(whole))).toBeLessThanOrEqual(3);
    await Promise.all([ours.close(), theirs.close()]);
  });

  const count = 150 * 90;
  const ramp = (length: number, most: number) => Array.from({ length }, (_, i) => (i * 7919) % (most + 1));
  const palette = ramp(768, 65535);
  it.each([
    ["16 bits", { perPixel: 3, depth: 2, samples: ramp(count * 3, 65535) }],
    ["grey", { perPixel: 1, samples: ramp(count, 255) }],
    ["grey, white is zero", { perPixel: 1, samples: ramp(count, 255), tags: { 262: [0] } }],
    ["grey of 16 bits", { perPixel: 1, depth: 2, samples: ramp(count, 65535) }],
    ["a palette", { perPixel: 1, samples: ramp(count, 255), tags: { 262: [3], 320: palette } }],
    ["alpha", { perPixel: 4, samples: ramp(count * 4, 255), tags: { 338: [2] } }],
    ["a sample of no meaning", { perPixel: 4, samples: ramp(count * 4, 255), tags: { 338: [0] } }],
  ] as const)("agree on %s", async (name, kind) => {
    for (const littleEndian of [true, false]) {
      const path = join(root, `${name} ${littleEndian}.tif`);
      await writeFile(path, tiffOf([{ width: 150, height: 90, tile: 16, ...kind }], littleEndian));
      const background = [10, 200, 90] as const;
      const sources = [await geotiffSource(path, { background }), await tiledImage(path, { background })];
      const [ours, theirs] = await Promise.all(
        sources.map((source) => source.read({ left: -1, top: -1, width: 152, height: 92 })),
      );
      expect(difference(ours!, theirs!)).toBeLessThanOrEqual(1);
      await Promise.all(sources.map((source) => source.close()));
    }
  });

  it.each([2, 3, 4, 5, 6, 7, 8])("agree on orientation %d", async (orientation) => {
    const { data } = noise(150, 90, 5);
    const bytes = tiffOf([
      { width: 150, height: 90, tile: 64, perPixel: 3, samples: data, tags: { 274: [orientation] } },
    ]);
    const whole = await decodeImage(bytes);
    const region = { left: -3, top: -4, width: 170, height: 170 };
    expectSame(await (await geotiffSource(bytes)).read(region), sliced(whole, region));
  });

  it("agree on SubIFDs", async () => {
    const level = (width: number, value: number) => ({
      ...{ width, height: width, tile: 16, perPixel: 3, samples: new Uint8Array(width * width * 3).fill(value) },
    });
    const bytes = tiffOf([{ ...level(64, 1), subifds: [level(32, 2), level(16, 3)] }]);
    const source = await geotiffSource(bytes);
    const values = [1, 0.5, 0.25].map(async (scale) => {
      const { data } = await source.read({ left: 0, top: 0, width: 64, height: 64 }, scale);
      return [...new Set(data)];
    });
    expect(await Promise.all(values)).toEqual([[1], [2], [3]]);
  });
});

describe("geotiffSource", () => {
  const pixels = noise(301, 203, 4);
  const region = { left: 50, top: 40, width: 100, height: 90 };
  let bytes = Buffer.alloc(0);
  beforeAll(async () => {
    bytes = await image(pixels)
      .tiff({ ...tiles, compression: "deflate" })
      .toBuffer();
  });

  it("reads paths, bytes and blobs", async () => {
    const path = join(root, "inputs.tif");
    await writeFile(path, bytes);
    const buffer = new Uint8Array(bytes).buffer;
    const inputs = [path, bytes, buffer, new Blob([buffer]), new File([buffer], "a.tif")] as const;
    const sources = await Promise.all(inputs.map((input) => geotiffSource(input)));
    expect(sources.map(({ name }) => name)).toEqual([path, "TIFF", "TIFF", "TIFF", "a.tif"]);
    for (const source of sources) {
      expectSame(await source.read(region), sliced(pixels, region));
      await source.close();
    }
    expect((await geotiffSource(bytes, { name: "mine" })).name).toBe("mine");
  });

  it("reads from a server, and only the parts that it needs", async () => {
    const sent: number[] = [];
    const large = await image(noise(1500, 900))
      .tiff({ ...tiles, compression: "none" })
      .toBuffer();
    const server = createServer((request, response) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "")!;
      const part = large.subarray(Number(from), Number(to) + 1);
      sent.push(part.length);
      const range = `bytes ${from}-${Number(from) + part.length - 1}/${large.length}`;
      response.writeHead(206, { "content-range": range, "content-length": part.length }).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slide.tif`);
      const source = await geotiffSource(url);
      expect(source.name).toBe(url.href);
      expectSame(await source.read(region), sliced(noise(1500, 900), region));
      await source.close();
      expect(sent.reduce((sum, length) => sum + length)).toBeLessThan(large.length / 3);
    } finally {
      server.close();
    }
  });

  it.each([
    ["noise, which fills the table of codes many times", noise(300, 200)],
    ["one color, whose strings overlap themselves", plain(300, 200, [7, 7, 7])],
  ])("undoes LZW of %s", async (_, whole) => {
    const large = { tile: true, tileWidth: 256, tileHeight: 256, compression: "lzw" } as const;
    const source = await geotiffSource(await image(whole).tiff(large).toBuffer());
    expectSame(await source.read({ left: 0, top: 0, width: 300, height: 200 }), whole);
  });

  it("keeps within its cache", async () => {
    const cache = byteCache(3 * 64 * 64 * 3);
    const source = await geotiffSource(bytes, { cache });
    for (let i = 0; i < 300; i++) {
      await source.read({ left: (i * 31) % 300, top: (i * 77) % 200, width: 20, height: 20 });
      expect(cache.bytes).toBeLessThanOrEqual(cache.maxBytes);
    }
    await source.close();
    expect(cache.bytes).toBe(0);
  });

  it("says what is wrong with the file", async () => {
    const failure = async (input: Uint8Array) => {
      const source = await geotiffSource(input, { name: "x.tif" });
      return source.read({ left: 0, top: 0, width: source.width, height: source.height });
    };
    await expect(failure(new Uint8Array(0))).rejects.toThrow(/^x.tif: its header is damaged or cut short/);
    await expect(failure(await image(pixels).png().toBuffer())).rejects.toThrow("x.tif: this is not a TIFF");
    await expect(failure(bytes.subarray(0, bytes.length / 2))).rejects.toThrow(
      /^x.tif: its header is damaged or cut short/,
    );
    const flat = { width: 64, height: 64, tile: 64, samples: new Uint8Array(4 * 64 * 64) };
    const cut = tiffOf([{ ...flat, perPixel: 3, tags: { 325: [65535] } }]);
    await expect(failure(cut)).rejects.toThrow(
      /^x.tif: cannot read 64 × 64 at \(0, 0\) .* wanted, but the file has \d+: it is cut short or damaged$/,
    );
    const cmyk = tiffOf([{ ...flat, perPixel: 4, tags: { 262: [5] } }]);
    await expect(failure(cmyk)).rejects.toThrow("x.tif: 8-bit CMYK is not read here, only grey, palettes, RGB");
    const float = tiffOf([{ ...flat, perPixel: 1, tags: { 258: [32], 339: [3] } }]);
    const clear = tiffOf([
      { width: 20, height: 20, tile: 16, perPixel: 2, samples: new Uint8Array(800), tags: { 262: [3], 338: [2] } },
    ]);
    await expect(failure(clear)).rejects.toThrow("x.tif: a palette with alpha is not read here");
    await expect(failure(float)).rejects.toThrow(
      "x.tif: its samples are 32-bit floating-point grey, of which no number",
    );
    const huge = tiffOf([{ ...flat, perPixel: 3, tags: { 322: [65535], 323: [65535] } }]);
    await expect(failure(huge)).rejects.toThrow("its tiles or strips are of 65535 × 65535 pixels, too large");
    const wide = tiffOf([{ ...flat, perPixel: 1, tags: { 322: [8192], 323: [8208] } }]);
    await expect(failure(wide)).rejects.toThrow("its tiles or strips are of 8192 × 8208 pixels, too large");
    const deep = tiffOf([{ ...flat, perPixel: 1, tags: { 258: [64], 339: [3], 322: [8192], 323: [8192], 277: [2] } }]);
    await expect(geotiffSource(deep, { range: [0, 1] })).rejects.toThrow("of 8192 × 8192 pixels, too large");
    await expect(geotiffSource(join(root, "none.tif"))).rejects.toThrow("none.tif: there is no such file");
    const round = tiffOf([{ ...flat, perPixel: 3 }]);
    const [start, entries] = [new DataView(round.buffer).getUint32(4, true), 11];
    new DataView(round.buffer).setUint32(start + 2 + 12 * entries, start, true); // the next page is this one
    expect(await failure(round)).toMatchObject({ width: 64 });
  });

  it("refuses JPEG data that claims more than a tile, before it takes the memory", async () => {
    const jpeg = await image(waves(128, 128))
      .tiff({ ...tiles, pyramid: false, compression: "jpeg" })
      .toBuffer();
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt32BE(0xffffffff, frame + 5);
    const source = await geotiffSource(jpeg, { name: "x.tif" });
    const places = [0, 64].flatMap((top) => [0, 64].map((left) => ({ left, top, width: 64, height: 64 })));
    const reads = await Promise.allSettled(places.map((place) => source.read(place)));
    const failures = reads.flatMap((read) => (read.status === "rejected" ? [(read.reason as Error).message] : []));
    expect(failures).toEqual([
      expect.stringMatching(/its JPEG data claims 65535 × 65535 pixels, more than a tile of 64 × 64$/),
    ]); // tiles lie in any order
  });
});
