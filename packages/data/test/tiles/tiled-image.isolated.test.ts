import type { Pixels, Region } from "@fovea/nn";
import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { byteCache } from "../../src/index.js";
import { decodeImage, tiledImage } from "../../src/node/index.js";
import { folderOf, noise, plain } from "../test-images.js";
import { averaged, difference, expectSame, sliced, waves } from "./expected.js";
import { tiffOf } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const image = (pixels: Pixels) =>
  sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } });
const tiles = { tile: true, tileWidth: 64, tileHeight: 64, pyramid: true } as const;

/** Inside, across tiles, and over every edge of 301 × 203. */
const REGIONS: readonly Region[] = [
  { left: 70, top: 66, width: 20, height: 17 },
  { left: 40, top: 50, width: 120, height: 90 },
  { left: -10, top: -20, width: 50, height: 60 },
  { left: 260, top: 180, width: 90, height: 70 },
  { left: 400, top: 0, width: 5, height: 5 },
  { left: 0, top: 0, width: 301, height: 203 },
];

describe.each([
  ["a tiled pyramidal TIFF", "a.tif", { ...tiles, compression: "deflate" }],
  ["a tiled pyramidal BigTIFF", "b.tif", { ...tiles, compression: "lzw", bigtiff: true }],
  ["a TIFF of one tiled resolution", "c.tif", { ...tiles, pyramid: false, compression: "none" }],
  ["a TIFF in strips", "d.tif", { compression: "deflate" }],
  ["a PNG", "e.png", null],
] as const)("%s", (_, file, tiff) => {
  const pixels = noise(301, 203, 2);
  const path = () => join(root, file);
  beforeAll(() => (tiff ? image(pixels).tiff(tiff) : image(pixels).png()).toFile(path()));

  it("is read by rectangle, to the bit", async () => {
    const source = await tiledImage(path());
    expect(source).toMatchObject({ name: path(), width: 301, height: 203 });
    const read = await Promise.all(REGIONS.map((region) => source.read(region)));
    read.forEach((one, i) => expectSame(one, sliced(pixels, REGIONS[i]!)));
    await source.close();
  });

  it("is averaged from the nearest resolution that is as fine", async () => {
    const source = await tiledImage(path());
    const region = { left: 30, top: 20, width: 80, height: 40 };
    const { values, ...size } = averaged(pixels, region, 0.7); // finer than any but the full one
    const read = await source.read(region, 0.7);
    expect(read).toMatchObject(size);
    expect(Math.max(...values.map((value, i) => Math.abs(value - read.data[i]!)))).toBeLessThan(0.51);
    if (tiff && "pyramid" in tiff && tiff.pyramid) {
      const half = await sharp(path(), { page: 1 }).raw().toBuffer();
      const stored: Pixels = { width: 150, height: 101, channels: 3, data: half };
      expect(await source.read({ left: 20, top: 40, width: 60, height: 80 }, 0.5)).toEqual(
        sliced(stored, { left: 10, top: 20, width: 30, height: 40 }),
      );
    }
    await source.close();
  });
});

describe("a Deep Zoom image", () => {
  const pixels = waves(301, 203);
  const write = async (name: string, overlap: number, size = 64) => {
    const zoom = image(pixels).png().tile({ size, overlap });
    await zoom.toFile(join(root, `${name}.dz`));
    return join(root, `${name}.dzi`);
  };

  it.each([0, 1, 5])("of overlap %d is put together from its tiles", async (overlap) => {
    const source = await tiledImage(await write(`zoom${overlap}`, overlap));
    expect(source).toMatchObject({ width: 301, height: 203 });
    for (const region of REGIONS) expectSame(await source.read(region), sliced(pixels, region));
    const region = { left: 32, top: 16, width: 128, height: 96 };
    const { values } = averaged(pixels, region, 1 / 8); // of a smooth image, its stored eighth is about that
    const read = await source.read(region, 1 / 8);
    expect(Math.max(...values.map((value, i) => Math.abs(value - read.data[i]!)))).toBeLessThan(5);
  });

  it("names a tile that is missing, damaged or of another size, and reads the others", async () => {
    const path = await write("holes", 1);
    const source = await tiledImage(path);
    const folder = join(root, "holes_files", "9");
    await rm(join(folder, "1_1.png"));
    await writeFile(join(folder, "2_1.png"), "no image");
    await image(noise(9, 9)).png().toFile(join(folder, "3_1.png"));
    const at = (column: number) => source.read({ left: 64 * column + 3, top: 70, width: 2, height: 2 });
    await expect(at(1)).rejects.toThrow(
      `${path}: cannot read 2 × 2 at (67, 70) at scale 1: block 64 × 64 at (64, 64) of the resolution 301 × 203: tile ${folder}/1_1.png: there is no such file`,
    );
    await expect(at(2)).rejects.toThrow(/2_1\.png: this is not an image/);
    await expect(at(3)).rejects.toThrow("3_1.png: it is of 9 × 9 pixels instead of 66 × 66");
    expect(await at(0)).toEqual(sliced(pixels, { left: 3, top: 70, width: 2, height: 2 }));
  });

  it("shows what is asked for where blank tiles were left out", async () => {
    const drawn = plain(200, 130, [255, 255, 255]);
    for (let i = 0; i < 64; i++) drawn.data.set([9, 8, 7], 3 * ((70 + (i >> 3)) * 200 + 70 + (i & 7)));
    const path = join(root, "blank.dzi");
    await image(drawn).png().tile({ size: 64, overlap: 1, skipBlanks: 0 }).toFile(join(root, "blank.dz"));
    expect(await readdir(join(root, "blank_files", "8"))).not.toContain("0_0.png"); // libvips has left it out
    const whole = { left: 0, top: 0, width: 200, height: 130 };
    const [corner, blue] = [{ left: 0, top: 0, width: 5, height: 5 }, [0, 0, 255] as const];
    const refused = await tiledImage(path);
    // of several missing tiles whichever is found first would be named
    await expect(refused.read(corner)).rejects.toThrow(
      "0_0.png: there is no such file; `missing` says what to show if blank tiles were left out",
    );
    await expect(refused.read(whole)).rejects.toThrow("there is no such file");
    expectSame(await (await tiledImage(path, { missing: [255, 255, 255] })).read(whole), drawn);
    expectSame(await (await tiledImage(path, { missing: blue })).read(corner), plain(5, 5, blue));
  });

  it("with a list of the parts that there are lacks none of their tiles without a word", async () => {
    const path = await write("parts", 1);
    await rm(join(root, "parts_files", "9", "1_1.png"));
    const rect = `<DisplayRect MinLevel="1" MaxLevel="9"><Rect X="70" Y="70" Width="8" Height="9"/></DisplayRect>`;
    const listed = `<DisplayRects>${rect}</DisplayRects><Size`;
    await writeFile(path, (await readFile(path, "utf8")).replace("<Size", listed));
    const source = await tiledImage(path);
    expect(source).toMatchObject({ width: 301, height: 203 }); // not those of the part
    await expect(source.read({ left: 70, top: 70, width: 8, height: 8 })).rejects.toThrow(
      "1_1.png: there is no such file; `missing` says what to show if blank tiles were left out",
    );
  });

  it("is refused if its description is none or its folder is missing", async () => {
    const failure = async (xml: string) => {
      const path = join(root, "bad.dzi");
      await writeFile(path, xml);
      return tiledImage(path).then(
        () => "",
        (error: Error) => error.message.replace(root, ""),
      );
    };
    expect(await failure("hello")).toBe("/bad.dzi: this is no Deep Zoom description: `Width` is missing");
    const xml = '<Image TileSize="64" Overlap="1" Format="png"><Size Width="9" Height="-1"/></Image>';
    expect(await failure(xml)).toBe("/bad.dzi: this is no Deep Zoom description: `Height` is -1");
    expect(await failure(xml.replace("-1", "9"))).toMatch(/the folder .*bad_files lacks the full resolution, 4$/);
    await expect(tiledImage(join(root, "none.dzi"))).rejects.toThrow("none.dzi: there is no such file");
  });
});

describe("what becomes 8-bit RGB", () => {
  const { width, height } = noise(150, 90);
  const count = width * height;
  const ramp = (length: number, most: number) => Array.from({ length }, (_, i) => (i * 7919) % (most + 1));
  const rgba = ramp(count * 4, 255);
  const kinds = {
    "16 bits": { perPixel: 3, depth: 2, samples: ramp(count * 3, 65535) },
    grey: { perPixel: 1, samples: ramp(count, 255) },
    "grey of 16 bits": { perPixel: 1, depth: 2, samples: ramp(count, 65535) },
    alpha: { perPixel: 4, samples: rgba, tags: { 338: [2] } },
  } as const;

  it.each([
    ...Object.entries(kinds).map(([name, kind]) => [name, { ...kind, strips: false }] as const),
    ...Object.entries(kinds).map(([name, kind]) => [`${name} in strips`, { ...kind, strips: true }] as const),
    ["premultiplied alpha in strips", { perPixel: 4, samples: rgba, strips: true, tags: { 338: [1] } }] as const,
  ])("%s, as decodeImage does", async (name, kind) => {
    const path = join(root, `${name}.tif`);
    await writeFile(path, tiffOf([{ width, height, tile: 64, ...kind }]));
    const background = [10, 200, 90] as const;
    const source = await tiledImage(path, { background });
    const whole = await decodeImage(path, { background });
    expectSame(await source.read({ left: 0, top: 0, width, height }), whole);
  });

  it.each(["with", "without"])("CMYK %s a colour profile, as decodeImage does", async (profile) => {
    const cmyk = image(waves(150, 90)).toColourspace("cmyk");
    const path = join(root, `cmyk ${profile} profile.tif`);
    const tiled = { tile: true, tileWidth: 64, tileHeight: 64, compression: "deflate" } as const;
    await (profile === "with" ? cmyk.withIccProfile("cmyk") : cmyk).tiff(tiled).toFile(path);
    const source = await tiledImage(path);
    const all = { left: 0, top: 0, width, height };
    expectSame(await source.read(all), await decodeImage(path));
    expect(difference(await source.read(all), waves(150, 90))).toBeLessThan(60); // inks show less than screens
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("and upright, from orientation %d", async (orientation) => {
    const { data } = noise(150, 90, 5);
    const path = join(root, `orientation${orientation}.tif`);
    const tags = { 274: [orientation] };
    await writeFile(path, tiffOf([{ width, height, tile: 64, perPixel: 3, samples: data, tags }]));
    const whole = await decodeImage(path);
    const source = await tiledImage(path);
    expect([source.width, source.height]).toEqual(orientation < 5 ? [150, 90] : [90, 150]);
    for (const region of [
      { left: -3, top: -4, width: 170, height: 170 },
      { left: 50, top: 60, width: 30, height: 20 },
    ])
      expectSame(await source.read(region), sliced(whole, region));
    const png = join(root, `orientation${orientation}.png`);
    await image(noise(150, 90, 5))
      .withMetadata({ orientation })
      .png()
      .toFile(png);
    const all = { left: 0, top: 0, width: source.width, height: source.height };
    expectSame(await (await tiledImage(png)).read(all), whole);
  });
});

describe("resolutions", () => {
  const level = (width: number, height: number, value: number) => ({
    width,
    height,
    tile: 16,
    perPixel: 3,
    samples: new Uint8Array(width * height * 3).fill(value),
  });
  const valueAt = async (path: string, scale: number, page?: number) => {
    const source = await tiledImage(path, page === undefined ? {} : { page });
    const { data } = await source.read({ left: 0, top: 0, width: source.width, height: source.height }, scale);
    return [...new Set(data)];
  };

  it("are SubIFDs too", async () => {
    const path = join(root, "subifds.tif");
    await writeFile(path, tiffOf([{ ...level(80, 48, 1), subifds: [level(40, 24, 2), level(20, 12, 3)] }]));
    expect(await Promise.all([1, 0.5, 0.25].map((scale) => valueAt(path, scale)))).toEqual([[1], [2], [3]]);
  });

  it("are of the same shape: labels, other images and equal pages are left alone", async () => {
    const path = join(root, "pages.tif");
    const others = [level(40, 40, 9), level(80, 48, 8), level(40, 12, 7), level(200, 120, 6)];
    await writeFile(path, tiffOf([level(80, 48, 1), ...others, level(20, 12, 3)]));
    expect(await Promise.all([1, 0.5, 0.25].map((scale) => valueAt(path, scale, 0)))).toEqual([[1], [1], [3]]);
  });
});

describe("small images", () => {
  it.each([
    [1, 1],
    [300, 1],
    [1, 300],
    [9, 7],
  ])("of %d × %d, tiled and not", async (width, height) => {
    const pixels = noise(width, height, 3);
    const [tif, png] = [join(root, `${width}x${height}.tif`), join(root, `${width}x${height}.png`)];
    await Promise.all([
      image(pixels)
        .tiff({ ...tiles, compression: "lzw" })
        .toFile(tif),
      image(pixels).png().toFile(png),
    ]);
    const region = { left: -2, top: -1, width: width + 5, height: height + 4 };
    for (const path of [tif, png]) {
      const source = await tiledImage(path);
      expectSame(await source.read(region), sliced(pixels, region));
      const all = await source.read({ left: 0, top: 0, width, height }, 0.25);
      expect(all).toMatchObject({
        width: Math.max(1, Math.round(width / 4)),
        height: Math.max(1, Math.round(height / 4)),
      });
    }
  });
});

describe("memory", () => {
  it("stays within the cache over many reads", async () => {
    const path = join(root, "many.tif");
    await image(noise(1024, 1024))
      .tiff({ ...tiles, tileWidth: 256, tileHeight: 256, compression: "lzw" })
      .toFile(path);
    const cache = byteCache(3 * 256 * 256 * 3);
    const source = await tiledImage(path, { cache });
    for (let i = 0; i < 100; i++) {
      await source.read({ left: (i * 331) % 1000, top: (i * 577) % 1000, width: 60, height: 60 });
      expect(cache.bytes).toBeLessThanOrEqual(cache.maxBytes);
    }
    await source.close();
    expect(cache.bytes).toBe(0);
  });

  it("does not hold a tiled image of 432 MB in full", async () => {
    const path = join(root, "large.tif");
    await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: "#a05030" } })
      .tiff({ ...tiles, tileWidth: 256, tileHeight: 256, compression: "jpeg", bigtiff: true })
      .toFile(path);
    const child = fileURLToPath(new URL("large-child.ts", import.meta.url));
    const flags = ["--conditions=@fovea/source", "--import", "tsx", child, path];
    const { stdout } = await promisify(execFile)(process.execPath, flags);
    const { before, after, misses } = JSON.parse(stdout) as { before: number; after: number; misses: number };
    expect(misses).toBeGreaterThan(150);
    expect(after - before).toBeLessThan(150e6);
  });

  it("is asked for up front by what has to be decoded in full", async () => {
    const path = join(root, "whole.jpg");
    await image(waves(200, 100)).jpeg().toFile(path);
    await expect(tiledImage(path, { cache: byteCache(59_999) })).rejects.toThrow(
      `${path}: an image of this format is decoded in full, and its 200 × 100 pixels take 60000 bytes, more than the 59999 of the cache; give a larger \`cache\`, or write it once as tiles: \`sharp(`,
    );
    const cache = byteCache(60_000);
    const source = await tiledImage(path, { cache });
    for (let i = 0; i < 9; i++) await source.read({ left: i, top: i, width: 20, height: 20 }, 0.5);
    expect([cache.misses, cache.bytes]).toEqual([1, 60_000]);
  });
});

describe("errors", () => {
  it("name the file and the reason", async () => {
    const whole = await image(noise(301, 203))
      .tiff({ ...tiles, compression: "deflate" })
      .toBuffer();
    const strips = await image(noise(301, 203)).tiff({ compression: "deflate" }).toBuffer();
    const folder = await folderOf({
      "empty.tif": "",
      "text.tif": "this is text, and long enough",
      "magic.tif": new Uint8Array([0x49, 0x49, 42, 0, 255, 255, 255, 127]),
      "cut.tif": whole.subarray(0, whole.length / 2),
      "strips.tif": strips.subarray(0, strips.length / 2),
      "cut.jpg": (await image(noise(64, 48)).jpeg().toBuffer()).subarray(0, 2000),
    });
    const failure = (name: string) =>
      tiledImage(join(folder, name))
        .then((source) => source.read({ left: 0, top: 0, width: source.width, height: source.height }))
        .then(
          () => "",
          (error: Error) => error.message.replaceAll(folder, ""),
        );
    expect(await failure("missing.tif")).toBe("/missing.tif: there is no such file");
    expect(await failure("empty.tif")).toBe("/empty.tif: the file is empty");
    expect(await failure("text.tif")).toBe("/text.tif: this is not an image, or of a format that is not supported");
    for (const name of ["magic.tif", "cut.tif"])
      expect(await failure(name)).toMatch(new RegExp(`^/${name}: its header is damaged or cut short \\(`));
    expect(await failure("strips.tif")).toMatch(/^\/strips.tif: /);
    expect(await failure("cut.jpg")).toMatch(/^\/cut.jpg: cannot read 64 × 48 at \(0, 0\) .*premature end/);
  });
});
