import type { Pixels } from "@fovea/nn";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { geotiffSource } from "../../src/index.js";
import { decodeImage, tiledImage } from "../../src/node/index.js";
import { folderOf, noise, plain } from "../test-images.js";
import { difference, expectSame, sliced } from "./expected.js";
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

/** The light of a stored x of 0 … 1 (IEC 61966-2-1), and the reverse. */
const light = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
const encoded = (y: number) => (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055);

const xyz = (values: readonly number[]) =>
  block("XYZ ", 12, (view) => values.forEach((v, i) => view.setInt32(8 + 4 * i, s15Fixed16(v))));

/** What r of r · a + g · b + b · c = xyz is, and so on: by Cramer's rule. */
function mixOf(primaries: readonly (readonly number[])[], target: readonly number[]): number[] {
  const det = ([a, b, c]: readonly (readonly number[])[]) =>
    a![0]! * (b![1]! * c![2]! - b![2]! * c![1]!) -
    b![0]! * (a![1]! * c![2]! - a![2]! * c![1]!) +
    c![0]! * (a![1]! * b![2]! - a![2]! * b![1]!);
  return primaries.map((_, i) => det(primaries.map((one, k) => (k === i ? target : one))) / det(primaries));
}

/** The tags of a profile of curves and a matrix. */
function matrixTags(primaries: readonly (readonly number[])[], curve = light): Tags {
  const trc = block("curv", 4 + 2 * 1024, (view) => {
    view.setUint32(8, 1024);
    for (let i = 0; i < 1024; i++) view.setUint16(12 + 2 * i, Math.round(65535 * curve(i / 1023)));
  });
  return [
    ...["rXYZ", "gXYZ", "bXYZ"].map((tag, i) => [tag, xyz(primaries[i]!)] as const),
    ...["rTRC", "gTRC", "bTRC"].map((tag) => [tag, trc] as const),
  ];
}

/**
 * The tags of a LUT profile (type mft2): curves, then a table of two colours a side in XYZ, which are the sums of those
 * of its inputs. Between these it is linear; the numbers of XYZ are 1 + 32767/32768 at the most.
 */
function lutTags(inputs: readonly (readonly number[])[], curve: Curve, ground: readonly number[] = [0, 0, 0]): Tags {
  const count = inputs.length;
  const lut = block("mft2", 44 + 2 * (count * 256 + 3 * 2 ** count + 3 * 2), (view) => {
    [count, 3, 2].forEach((value, i) => view.setUint8(8 + i, value)); // inputs, outputs, colours of a side
    for (const i of [0, 4, 8]) view.setInt32(12 + 4 * i, 65536); // a matrix of 1
    [256, 2].forEach((entries, i) => view.setUint16(48 + 2 * i, entries));
    const corner = (i: number) =>
      ground.map((least, c) => inputs.reduce((sum, one, k) => sum + one[c]! * ((i >> (count - 1 - k)) & 1), least));
    const values = [
      ...Array.from({ length: count * 256 }, (_, i) => 65535 * curve((i % 256) / 255)),
      ...Array.from({ length: 2 ** count }, (_, i) => corner(i).map((value) => 32768 * value)).flat(),
      ...[0, 65535, 0, 65535, 0, 65535],
    ];
    values.forEach((value, i) => view.setUint16(52 + 2 * i, Math.round(value)));
  });
  return [["A2B0", lut]];
}

type Curve = (x: number) => number;
type Tags = readonly (readonly [name: string, data: Uint8Array])[];

/** A profile by the book (ICC.1:2010). */
function profileOf(own: Tags, space = "RGB "): Uint8Array {
  const name = block("desc", 83, (view) => {
    view.setUint32(8, 1);
  });
  const tags: Tags = [["desc", name], ["cprt", block("text", 4, () => undefined)], ["wtpt", xyz(D50)], ...own];
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
const SWAPPED = profileOf(matrixTags([BLUE, GREEN, RED]));
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
    const grey = await write(
      "grey.tif",
      tiffOf([{ ...tiled, blobs: { 34675: profileOf(matrixTags(PRIMARIES), "GRAY") } }]),
    );
    const cut = await write("cut.tif", tiffOf([{ ...tiled, blobs: { 34675: SWAPPED.subarray(0, 150) } }]));
    await expect(tiledImage(grey, { profile: "convert" })).rejects.toThrow(
      `${grey}: its colour profile is of GRAY, and only those of RGB are converted`,
    );
    await expect(tiledImage(cut, { profile: "convert" })).rejects.toThrow(
      `${cut}: its colour profile is damaged or cut short, at 150 bytes`,
    );
    for (const path of [grey, cut]) expectSame(await (await tiledImage(path)).read(allOf(pixels)), pixels);
  });

  it("of CMYK is always used", async () => {
    // Black ink takes light away, the others take none: so the colours are greys, as light as there is no black.
    const none = [0, 0, 0];
    const profile = profileOf(
      lutTags([none, none, none, D50.map((value) => -value)], (x) => x, D50),
      "CMYK",
    );
    const row = { width: 200, height: 1, channels: 3 } as const; // not to full black: lcms is coarse where it is dark
    const samples = Array.from({ length: 4 * 200 }, (_, i) => (i % 4 === 3 ? Math.floor(i / 4) : (i * 7) & 255));
    const inks = { ...row, tile: 64, perPixel: 4, samples, tags: { 262: [5] }, blobs: { 34675: profile } };
    const path = await write("inks.tif", tiffOf([inks]));
    const expected = Uint8Array.from({ length: 600 }, (_, i) => Math.round(255 * encoded(1 - Math.floor(i / 3) / 255)));
    for (const profile of ["ignore", "convert"] as const) {
      const source = await tiledImage(path, { profile });
      expect(difference(await source.read(allOf(row)), { ...row, data: expected })).toBeLessThanOrEqual(2);
    }
  });

  it("that is damaged inside is refused when it is asked for", async () => {
    const blank = new Uint8Array(SWAPPED).fill(0, 132);
    const path = await write("blank.tif", tiffOf([{ ...tiled, blobs: { 34675: blank } }]));
    await expect(tiledImage(path, { profile: "convert" })).rejects.toThrow(
      `${path}: its colour profile is damaged: it has neither a table of colours nor a matrix`,
    );
  });

  it("is used or not, and nothing else", async () => {
    for (const open of [tiledImage, decodeImage])
      await expect(open(paths["tiles"]!, { profile: "srgb" as "convert" })).rejects.toThrow(
        new RangeError(`${open.name}: expected \`profile\` to be "ignore" or "convert", got "srgb".`),
      );
  });

  /** All that was stored in dark and light, as sRGB: by the definition, from the light of each sample. */
  const gamma = (exponent: number) => (x: number) => x ** exponent;
  const ramp: Pixels = {
    ...{ width: 256, height: 1, channels: 3 },
    data: Uint8Array.from({ length: 768 }, (_, i) => (Math.floor(i / 3) * [1, 3, 7][i % 3]!) & 255),
  };
  it.each([
    ["matrix of sRGB's primaries, gamma 1", (curve: Curve) => matrixTags(PRIMARIES, curve), 1],
    ["matrix of sRGB's primaries, gamma 1.8", (curve: Curve) => matrixTags(PRIMARIES, curve), 1.8],
    ["LUT of sRGB's primaries, gamma 1", (curve: Curve) => lutTags(PRIMARIES, curve), 1],
    ["LUT of sRGB's primaries, gamma 1.8", (curve: Curve) => lutTags(PRIMARIES, curve), 1.8],
  ])("that is a %s gives the light that was stored", async (name, tags, exponent) => {
    const blobs = { 34675: profileOf(tags(gamma(exponent))) };
    const path = await write(
      `${name}.tif`,
      tiffOf([{ width: 256, height: 1, tile: 64, perPixel: 3, samples: ramp.data, blobs }]),
    );
    const source = await tiledImage(path, { profile: "convert" });
    const expected = { ...ramp, data: ramp.data.map((value) => Math.round(255 * encoded((value / 255) ** exponent))) };
    expect(difference(await source.read(allOf(ramp)), expected)).toBeLessThanOrEqual(2);
  });

  it("of more colours than sRGB has gives the nearest that it has, as saturated as they are", async () => {
    const adobe = [
      [0.60974, 0.31111, 0.01947],
      [0.20528, 0.62567, 0.06087],
      [0.14919, 0.06322, 0.74457],
    ] as const; // Adobe RGB (1998), adapted to D50
    const blobs = { 34675: profileOf(matrixTags(adobe, gamma(2.2))) };
    const source = await tiledImage(await write("adobe.tif", tiffOf([{ ...tiled, blobs }])), { profile: "convert" });
    const inSrgb = (rgb: Uint8Array): number[] => {
      const target = [0, 1, 2].map((c) => rgb.reduce((sum, value, k) => sum + (value / 255) ** 2.2 * adobe[k]![c]!, 0));
      return mixOf(PRIMARIES, target).map((y) => Math.round(255 * Math.min(1, Math.max(0, encoded(y)))));
    };
    const colors = Array.from({ length: 70 * 40 }, (_, i) => inSrgb(pixels.data.subarray(3 * i, 3 * i + 3)));
    const converted = { ...pixels, data: Uint8Array.from(colors.flat()) };
    expect(difference(await source.read(allOf(pixels)), converted)).toBeLessThanOrEqual(2);
  });

  it.each([
    ["tiles", {}],
    ["planes", { planar: true }],
  ])("is of what is stored in %s: what is missing is shown as asked", async (name, kind) => {
    const missing = name === "planes" ? [0, 6, 12] : [0]; // of six tiles a plane
    const sparse = { ...tiled, ...kind, tile: 32, missing, blobs: { 34675: SWAPPED } };
    const path = await write(`sparse ${name}.tif`, tiffOf([sparse]));
    const color = [250, 10, 20] as const;
    const source = await tiledImage(path, { profile: "convert", missing: color });
    const tile = { left: 0, top: 0, width: 32, height: 32 };
    expectSame(await source.read(tile), plain(32, 32, color));
    const beside = { left: 32, top: 0, width: 38, height: 32 };
    expect(difference(await source.read(beside), sliced(swapped(pixels), beside))).toBeLessThanOrEqual(2);
  });

  it.each([
    ["tiles", {}],
    ["planes", { planar: true }],
  ])("is of what is stored in %s, not of what lies behind it", async (name, kind) => {
    const alphas = [0, 255, 128, 40];
    const samples = Array.from({ length: 70 * 40 }, (_, i) => [
      ...pixels.data.subarray(3 * i, 3 * i + 3),
      alphas[i % 4]!,
    ]).flat();
    const image = { ...tiled, ...kind, perPixel: 4, samples, tags: { 338: [2] }, blobs: { 34675: SWAPPED } };
    const path = await write(`alpha ${name}.tif`, tiffOf([image]));
    const background = [250, 10, 20] as const;
    const source = await tiledImage(path, { profile: "convert", background });
    const read = await source.read(allOf(pixels));
    const front = swapped(pixels).data;
    const expected = front.map((value, i) => {
      const a = alphas[Math.floor(i / 3) % 4]! / 255;
      return Math.round(value * a + background[i % 3]! * (1 - a));
    });
    expect(difference(read, { ...pixels, data: expected })).toBeLessThanOrEqual(3);
    for (let i = 0; i < 70 * 40; i += 4) expect([...read.data.subarray(3 * i, 3 * i + 3)]).toEqual([...background]);
  });

  it("changes nothing where there is none", async () => {
    const source = await tiledImage(await write("none.tif", tiffOf([tiled])), { profile: "convert" });
    expectSame(await source.read(allOf(pixels)), pixels);
  });
});
