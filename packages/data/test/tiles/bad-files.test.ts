import type { Region } from "@fovea/nn";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { geotiffSource, ImageFileError, type TileSource } from "../../src/index.js";
import { tiledImage } from "../../src/node/index.js";
import { folderOf, noise } from "../test-images.js";
import { expectSame, sliced } from "./expected.js";
import { tiffOf } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const pixels = noise(70, 40, 6);
/** Six tiles of 32 × 32, one after another from byte 8 on; the directory is behind them. */
const tiled = { width: 70, height: 40, tile: 32, perPixel: 3, samples: pixels.data };
const TILE_BYTES = 32 * 32 * 3;
const whole = { left: 0, top: 0, width: 70, height: 40 };

const failureOf = (reading: Promise<unknown>): Promise<Error | null> =>
  reading.then(
    () => null,
    (error: unknown) => error as Error,
  );

describe.each([
  ["tiledImage", (path: string): Promise<TileSource> => tiledImage(path)],
  ["geotiffSource", (path: string): Promise<TileSource> => geotiffSource(path)],
])("%s", (reader, open) => {
  const write = async (name: string, bytes: Uint8Array | string) => {
    const path = join(root, `${reader}-${name}`);
    await writeFile(path, bytes);
    return path;
  };

  it("refuses what is no image, by its name", async () => {
    const folder = join(root, `${reader}-folder.tif`);
    await mkdir(folder, { recursive: true });
    const paths = [
      await write("noise.tif", noise(40, 40).data),
      await write("zeros.tif", new Uint8Array(4096)),
      await write("two-bytes.tif", "II"),
      await write("page.tif", "<!doctype html><title>404</title>"),
      folder,
    ];
    for (const path of paths) {
      const error = await failureOf(open(path));
      expect(error).toBeInstanceOf(ImageFileError);
      expect(error!.message.startsWith(`${path}: `)).toBe(true);
    }
  });

  it.each([
    ["as wide as shorts can say", { 256: [65535] }],
    ["as high", { 257: [65535] }],
    ["a tile wider", { 256: [97] }],
    ["a tile higher", { 257: [65] }],
  ])("refuses an image that claims to be larger than its tiles are: %s", async (_, tags) => {
    const path = await write(`claim-${Object.entries(tags).join("-")}.tif`, tiffOf([{ ...tiled, tags }]));
    await expect(open(path)).rejects.toThrow(
      /: its header is damaged or cut short \(of the \d+ tiles or strips of \d+ × \d+ pixels it does not know where all are\)$/,
    );
  });

  it("takes an image that claims as much as its tiles hold", async () => {
    const path = await write("claim-all.tif", tiffOf([{ ...tiled, tags: { 256: [96], 257: [64] } }]));
    const source = await open(path);
    expect(source).toMatchObject({ width: 96, height: 64 });
    expectSame(await source.read(whole), pixels);
    await source.close();
  });

  it("reads tiles that are listed as if they were strips", async () => {
    const list = (of: (i: number) => number) => Array.from({ length: 6 }, (_, i) => of(i));
    const tags = { 273: list((i) => 8 + i * TILE_BYTES), 279: list(() => TILE_BYTES), 324: [], 325: [] };
    const source = await open(await write("strip-tags.tif", tiffOf([{ ...tiled, tags }])));
    expectSame(await source.read(whole), pixels);
    await source.close();
  });

  it.runIf(reader === "tiledImage")("refuses a file of which libvips and its header say different sizes", async () => {
    // PlanarConfiguration, which becomes a second ImageLength
    const bytes = tiffOf([{ ...tiled, tags: { 284: [41] } }]);
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(4, true);
    const entries = Array.from({ length: view.getUint16(directory, true) }, (_, i) => directory + 2 + 12 * i);
    view.setUint16(
      entries.find((at) => view.getUint16(at, true) === 284)!,
      257,
      true,
    );
    const path = await write("two-sizes.tif", bytes);
    await expect(open(path)).rejects.toThrow(`${path}: its header says both 70 × 41 and 70 × 40 pixels`);
  });

  it("reads the tiles that are there, of a file that is cut short in the middle of its pixels", async () => {
    const offsets = [0, 1, 2, 3, 4, 5].map((i) => (i < 4 ? 8 + i * TILE_BYTES : 60_000 + i)); // of 19 kB
    const path = await write("short.tif", tiffOf([{ ...tiled, tags: { 324: offsets } }]));
    const source = await open(path);
    if (reader === "geotiffSource") {
      const there = { left: 3, top: 0, width: 67, height: 32 }; // `tiledImage` reads up to 256 × 256 pixels at once
      expectSame(await source.read(there), sliced(pixels, there));
    }
    const error = await failureOf(source.read({ left: 40, top: 20, width: 10, height: 20 }));
    expect(error).toBeInstanceOf(ImageFileError);
    expect(error!.message).toMatch(
      /^[^ ]+short\.tif: cannot read 10 × 20 at \(40, 20\) at scale 1: block \d+ × \d+ at /,
    );
    await source.close();
  });

  it("names the place of a tile that is damaged, and reads the others, then and later", async () => {
    const image = noise(600, 300, 7);
    const tiff = { tile: true, tileWidth: 256, tileHeight: 256, compression: "deflate" } as const;
    const raw = { raw: { width: 600, height: 300, channels: 3 } } as const;
    const bytes = new Uint8Array(await sharp(image.data, raw).tiff(tiff).toBuffer());
    bytes.fill(0x5a, 2000, 2400); // in the first tile, of about 190 kB
    const source = await open(await write("damaged.tif", bytes));
    const at = (left: number): Region => ({ left, top: 100, width: 50, height: 20 });
    for (let again = 0; again < 2; again++) {
      const reads = await Promise.allSettled([at(10), at(300), at(540)].map((region) => source.read(region)));
      expect(reads.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
      expect((reads[0] as PromiseRejectedResult).reason).toMatchObject({
        message: expect.stringMatching(
          /damaged\.tif: cannot read 50 × 20 at \(10, 100\) .* block 256 × 256 at \(0, 0\)/,
        ),
      });
    }
    expectSame(await source.read(at(300)), sliced(image, at(300)));
    await source.close();
  });

  it.each([
    [1, 1],
    [300, 1],
    [1, 300],
    [9, 7],
  ])("reads an image of %d × %d, tiles larger than it is", async (width, height) => {
    const small = noise(width, height, 3);
    const path = await write(`${width}x${height}.tif`, tiffOf([{ ...tiled, width, height, samples: small.data }]));
    const source = await open(path);
    const region = { left: -2, top: -1, width: width + 5, height: height + 4 };
    expectSame(await source.read(region), sliced(small, region));
    const all = await source.read({ left: 0, top: 0, width, height }, 0.01);
    expect([all.width, all.height]).toEqual([width, height].map((side) => Math.max(1, Math.round(side / 100))));
    await source.close();
  });

  it("reads the file that is there by now, whatever was under its name before", async () => {
    const path = join(root, `${reader}-replaced.tif`);
    for (const [i, how] of [writeFile, viaRename, writeFile, viaRename].entries()) {
      const now = noise(70 + i, 40, i);
      await how(path, tiffOf([{ ...tiled, width: now.width, samples: now.data }]));
      const [source, region] = [await open(path), { ...whole, width: now.width }];
      expectSame(await source.read(region), now);
      await source.close();
    }
    const deflated = { tile: true, tileWidth: 32, tileHeight: 32, compression: "deflate" } as const;
    for (const seed of [8, 9]) {
      const now = noise(70, 40, seed); // of one size, and what it is deflated to begins elsewhere
      const bytes = await sharp(now.data, { raw: { width: 70, height: 40, channels: 3 } })
        .tiff(deflated)
        .toBuffer();
      await viaRename(path, bytes);
      const source = await open(path);
      expectSame(await source.read(whole), now);
      await source.close();
    }
  });

  it("takes names with brackets, which libvips reads options from", async () => {
    for (const name of ["a[1].tif", "[page=7].tif"]) {
      const source = await open(await write(name, tiffOf([tiled])));
      expectSame(await source.read(whole), pixels);
      await source.close();
    }
  });
});

const viaRename = async (path: string, bytes: Uint8Array): Promise<void> => {
  await writeFile(`${path}.new`, bytes);
  await rename(`${path}.new`, path);
};
