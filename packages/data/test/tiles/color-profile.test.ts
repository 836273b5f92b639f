import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeImage, geotiffSource, tiledImage } from "../../src/index.js";
import type { Pixels } from "../../src/index.js";
import { folderOf, noise } from "../pictures.js";
import { difference, expectSame } from "./expected.js";
import { allOf } from "./readers.js";
import { tiffOf } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const s15Fixed16 = (value: number) => Math.round(value * 65536);
/** sRGB's primaries and white, adapted to D50 (IEC 61966-2-1, with the matrix of ICC.1:2010). */
const PRIMARIES = [
  [0.4361, 0.2225, 0.0139],
  [0.3851, 0.7169, 0.0971],
  [0.1431, 0.0606, 0.7141],
] as const;
const D50 = [0.9642, 1, 0.8249];

/** A profile by the book (ICC.1:2010): its primaries, and sRGB's curve. */
function profileOf(primaries: readonly (readonly number[])[], space = "RGB "): Uint8Array {
  const curve = Array.from({ length: 1024 }, (_, i) => {
    const x = i / 1023;
    return Math.round(65535 * (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
  });
  const xyz = (values: readonly number[]) =>
    block("XYZ ", 12, (view) => values.forEach((v, i) => view.setInt32(8 + 4 * i, s15Fixed16(v))));
  const trc = block("curv", 4 + 2 * 1024, (view) => {
    view.setUint32(8, 1024);
    curve.forEach((value, i) => view.setUint16(12 + 2 * i, value));
  });
  const name = block("desc", 83, (view) => {
    view.setUint32(8, 1);
  });
  const tags: readonly (readonly [string, Uint8Array])[] = [
    ["desc", name],
    ["cprt", block("text", 4, () => undefined)],
    ["wtpt", xyz(D50)],
    ...["rXYZ", "gXYZ", "bXYZ"].map((tag, i) => [tag, xyz(primaries[i]!)] as const),
    ...["rTRC", "gTRC", "bTRC"].map((tag) => [tag, trc] as const),
  ];
  const start = 128 + 4 + 12 * tags.length;
  const size = tags.reduce((sum, [, data]) => sum + data.length, start);
  const profile = new Uint8Array(size);
  const view = new DataView(profile.buffer);
  const text = (at: number, value: string) => profile.set(new TextEncoder().encode(value), at);
  view.setUint32(0, size);
  view.setUint32(8, 0x02400000);
  text(12, `mntr${space}XYZ `);
  text(36, "acsp");
  D50.forEach((value, i) => view.setInt32(68 + 4 * i, s15Fixed16(value)));
  view.setUint32(128, tags.length);
  tags.reduce((at, [tag, data], i) => {
    text(132 + 12 * i, tag);
    view.setUint32(136 + 12 * i, at);
    view.setUint32(140 + 12 * i, data.length);
    profile.set(data, at);
    return at + data.length;
  }, start);
  return profile;
}

/** A type, four bytes of nothing, and `length` bytes that `fill` writes; in all a multiple of four. */
function block(type: string, length: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((8 + length) / 4) * 4);
  bytes.set(new TextEncoder().encode(type));
  fill(new DataView(bytes.buffer));
  return bytes;
}

const [RED, GREEN, BLUE] = PRIMARIES;
/** What it calls red is sRGB's blue, and the reverse: so its colours are (b, g, r) in sRGB. */
const SWAPPED = profileOf([BLUE, GREEN, RED]);
const swapped = ({ data, ...size }: Pixels): Pixels => ({
  ...size,
  data: data.map((_, i) => data[i + 2 - 2 * (i % 3)]!),
});

const pixels = noise(70, 40, 6);
const tiled = { width: 70, height: 40, tile: 32, perPixel: 3, samples: pixels.data };
const write = async (name: string, bytes: Uint8Array) => {
  const path = join(root, name);
  await writeFile(path, bytes);
  return path;
};

describe("a colour profile", () => {
  const paths: Record<string, string> = {};
  beforeAll(async () => {
    const blobs = { 34675: SWAPPED };
    const raw = { raw: { width: 70, height: 40, channels: 3 } } as const;
    const icc = await write("swapped.icc", SWAPPED);
    // sharp converts to a profile that it embeds: what it stores for (b, g, r) is (r, g, b)
    const png = await sharp(swapped(pixels).data, raw).withIccProfile(icc).png().toBuffer();
    paths["tiles"] = await write("tiles.tif", tiffOf([{ ...tiled, blobs }]));
    paths["strips"] = await write("strips.tif", tiffOf([{ ...tiled, strips: true, blobs }]));
    paths["planes"] = await write("planes.tif", tiffOf([{ ...tiled, planar: true, blobs }]));
    paths["PNG"] = await write("swapped.png", png);
  });

  it.each(["tiles", "strips", "planes", "PNG"])(
    "of %s is left out of account, unless it is asked for",
    async (kind) => {
      const [stored, converted] = [
        await tiledImage(paths[kind]!),
        await tiledImage(paths[kind]!, { profile: "convert" }),
      ];
      const [plain, colors] = [await stored.read(allOf(pixels)), await converted.read(allOf(pixels))];
      if (kind === "PNG") expect(difference(plain, pixels)).toBeLessThanOrEqual(1);
      else expectSame(plain, pixels);
      expect(difference(colors, swapped(pixels))).toBeLessThanOrEqual(2);
      await Promise.all([stored.close(), converted.close()]);
    },
  );

  it("is left out of account by geotiffSource", async () => {
    const source = await geotiffSource(paths["tiles"]!);
    expectSame(await source.read(allOf(pixels)), pixels);
    await source.close();
  });

  it("is converted by decodeImage, unless it is to be ignored", async () => {
    const [converted, ignored] = [
      await decodeImage(paths["PNG"]!),
      await decodeImage(paths["PNG"]!, { profile: "ignore" }),
    ];
    expect(difference(converted, swapped(pixels))).toBeLessThanOrEqual(2);
    expect(difference(ignored, pixels)).toBeLessThanOrEqual(1);
  });

  it("of the tiles of Deep Zoom is left out of account, too", async () => {
    await sharp(paths["PNG"]!).keepIccProfile().png().tile({ size: 32 }).toFile(join(root, "zoom.dz"));
    const source = await tiledImage(join(root, "zoom.dzi"));
    expect(difference(await source.read(allOf(pixels)), pixels)).toBeLessThanOrEqual(1);
    const converted = await tiledImage(join(root, "zoom.dzi"), { profile: "convert" });
    expect(difference(await converted.read(allOf(pixels)), swapped(pixels))).toBeLessThanOrEqual(2);
  });

  it("that is cut short, or not of RGB, is refused when it is asked for, and only then", async () => {
    const grey = await write("grey.tif", tiffOf([{ ...tiled, blobs: { 34675: profileOf(PRIMARIES, "GRAY") } }]));
    const cut = await write("cut.tif", tiffOf([{ ...tiled, blobs: { 34675: SWAPPED.subarray(0, 150) } }]));
    await expect(tiledImage(grey, { profile: "convert" })).rejects.toThrow(
      `${grey}: its colour profile is of GRAY, and only those of RGB are converted`,
    );
    await expect(tiledImage(cut, { profile: "convert" })).rejects.toThrow(
      `${cut}: its colour profile is damaged or cut short, at 150 bytes`,
    );
    for (const path of [grey, cut]) expectSame(await (await tiledImage(path)).read(allOf(pixels)), pixels);
  });

  it("changes nothing where there is none", async () => {
    const source = await tiledImage(await write("none.tif", tiffOf([tiled])), { profile: "convert" });
    expectSame(await source.read(allOf(pixels)), pixels);
  });
});
