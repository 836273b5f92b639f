import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { folderOf, noise } from "../test-images.js";
import { expectSame, sliced } from "./expected.js";
import { allOf, greys, READERS, type ReaderOptions } from "./readers.js";
import { tiffOf, type TiffImage } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const [width, height, tile] = [37, 21, 16];
const size = { width, height, tile };
const count = width * height;
const bytes = Array.from({ length: count }, (_, i) => (i * 7919) & 255);
const rgb = noise(width, height, 4);

/** Samples of every pixel: those of `rgb`, then further ones. */
const banded = (...beyond: readonly number[]) =>
  Array.from({ length: count }, (_, i) => [...rgb.data.subarray(3 * i, 3 * i + 3), ...beyond]).flat();

const deflate = { code: 8, encode: (raw: Uint8Array) => new Uint8Array(deflateSync(raw)) };
/**
 * Deflated floating-point numbers with predictor 3 (Adobe Photoshop TIFF technical note 3): of each row the highest
 * bytes come first, then the next ones and so on, each byte as the difference from that of the pixel before.
 */
const floats = (depth: number, littleEndian: boolean, perPixel = 1) => ({
  code: 8,
  encode(raw: Uint8Array): Uint8Array {
    const out = new Uint8Array(raw.length);
    const row = tile * perPixel;
    for (let start = 0; start < raw.length; start += row * depth)
      for (let i = 0; i < row * depth; i++) {
        const [rank, x] = [Math.floor(i / row), i % row]; // rank 0 is the highest byte
        out[start + i] = raw[start + x * depth + (littleEndian ? depth - 1 - rank : rank)]!;
      }
    for (let i = raw.length - 1; i > 0; i--) if (i % (row * depth) >= perPixel) out[i]! -= out[i - perPixel]!;
    return new Uint8Array(deflateSync(out));
  },
});
/** A frame of Zstandard with blocks that are stored as they are (RFC 8878, sections 3.1.1 and 3.1.1.2). */
const zstandard = {
  code: 50000,
  encode(raw: Uint8Array): Uint8Array {
    const header = Buffer.alloc(12);
    header.writeUInt32LE(0xfd2fb528, 0);
    header[4] = 0xa0; // one segment, its size in four bytes
    header.writeUInt32LE(raw.length, 5);
    header.writeUIntLE(1 | (raw.length << 3), 9, 3); // the last block, raw
    return new Uint8Array(Buffer.concat([header, raw]));
  },
};

describe.each(READERS)("samples of a TIFF, by %s", (reader, open) => {
  const write = async (name: string, image: TiffImage, littleEndian = true) => {
    const path = join(root, `${reader} ${name} ${littleEndian}.tif`);
    await writeFile(path, tiffOf([image], littleEndian));
    return path;
  };
  const read = async (name: string, image: TiffImage, options: ReaderOptions = {}, littleEndian = true) => {
    const source = await open(await write(name, image, littleEndian), options);
    const region = { left: -2, top: 3, width: 45, height: 20 };
    const [pixels, part] = [await source.read(allOf(size)), await source.read(region)];
    expectSame(part, sliced(pixels, region));
    await source.close();
    return pixels;
  };

  describe.each([true, false])("of a file that is little-endian: %s", (littleEndian) => {
    it.each([
      ["near infrared as a fourth band", { perPixel: 4, samples: banded(0), tags: { 338: [0] } }],
      ["a fourth band of which nothing is said", { perPixel: 4, samples: banded(0) }],
      ["two bands beyond", { perPixel: 5, samples: banded(0, 255), tags: { 338: [0, 0] } }],
      ["near infrared and opaque alpha", { perPixel: 5, samples: banded(0, 255), tags: { 338: [0, 2] } }],
      [
        "planes with near infrared and opaque alpha",
        { perPixel: 5, samples: banded(0, 255), planar: true, tags: { 338: [0, 2] } },
      ],
      ["opaque alpha and a band beyond", { perPixel: 5, samples: banded(255, 0), tags: { 338: [2, 0] } }],
      ["planes", { perPixel: 3, samples: rgb.data, planar: true }],
      ["planes in strips", { perPixel: 3, samples: rgb.data, planar: true, strips: true, tile: 5 }],
      ["deflated planes", { perPixel: 3, samples: rgb.data, planar: true, compression: deflate, differences: true }],
      ["Zstandard", { perPixel: 3, samples: rgb.data, compression: zstandard, differences: true }],
      ["a predictor where nothing is compressed", { perPixel: 3, samples: rgb.data, tags: { 317: [2] } }],
      ["one SampleFormat for all", { perPixel: 3, samples: rgb.data, tags: { 339: [1] } }],
    ] as const)("%s: the colours are those stored", async (name, kind) => {
      expectSame(await read(name, { ...size, ...kind }, {}, littleEndian), rgb);
    });

    it.each([
      ["a second band", { perPixel: 2, samples: bytes.flatMap((value) => [value, 77]), tags: { 338: [0] } }],
      [
        "16 bits as differences",
        { perPixel: 1, depth: 2, samples: bytes.map((v) => v * 256 + 99), compression: deflate, differences: true },
      ],
      [
        "16 bits, of which the lower ones are dropped",
        { perPixel: 1, depth: 2, samples: bytes.map((v) => v * 256 + 250) },
      ],
      [
        "16 bits as differences in strips",
        {
          perPixel: 1,
          depth: 2,
          samples: bytes.map((v) => v * 257),
          compression: deflate,
          differences: true,
          strips: true,
          tile: 4,
        },
      ],
      [
        "a palette of 16 bits",
        {
          perPixel: 1,
          samples: bytes,
          tags: { 262: [3], 320: Array.from({ length: 768 }, (_, i) => (i % 256) * 257) },
        },
      ],
      [
        "a palette of 8 bits",
        { perPixel: 1, samples: bytes, tags: { 262: [3], 320: Array.from({ length: 768 }, (_, i) => i % 256) } },
      ],
    ] as const)("grey with %s is grey", async (name, kind) => {
      expectSame(await read(name, { ...size, ...kind }, {}, littleEndian), greys(width, height, bytes));
    });

    /** Alpha of pixel i, in 0 … 255, and the colours over a background of (10, 200, 90): from the definition. */
    const alpha = (i: number) => (i * 37) & 255;
    const overlaid = (value: number, a: number, c: number, premultiplied: boolean) =>
      Math.floor(Math.min(255, (premultiplied ? value : (value * a) / 255) + [10, 200, 90][c]! * (1 - a / 255)) + 0.5);
    const behind = (premultiplied: boolean) => {
      const data = rgb.data.map((value, i) => {
        const a = alpha(Math.floor(i / 3));
        return overlaid(premultiplied ? Math.min(value, a) : value, a, i % 3, premultiplied);
      });
      return { ...rgb, data };
    };
    const withAlpha = (premultiplied: boolean, ...order: readonly ("alpha" | "band")[]) =>
      Array.from({ length: count }, (_, i) => {
        const colors = [...rgb.data.subarray(3 * i, 3 * i + 3)].map((v) => (premultiplied ? Math.min(v, alpha(i)) : v));
        return [...colors, ...order.map((one) => (one === "alpha" ? alpha(i) : 77))];
      }).flat();
    it("floating-point colours with their predictor are those stored", async () => {
      const samples = [...rgb.data].map((value) => value / 255);
      const kind = {
        perPixel: 3,
        depth: 4,
        format: 3,
        compression: floats(4, littleEndian, 3),
        tags: { 317: [3] },
      } as const;
      expectSame(await read("floats of RGB", { ...size, ...kind, samples }, { range: [0, 1] }, littleEndian), rgb);
    });

    it.each([
      ["alpha behind a band", false, 5, ["band", "alpha"], { 338: [0, 2] }, {}],
      ["alpha behind a band, in planes", false, 5, ["band", "alpha"], { 338: [0, 2] }, { planar: true }],
      ["alpha before a band", false, 5, ["alpha", "band"], { 338: [2, 0] }, {}],
      ["premultiplied alpha behind a band", true, 5, ["band", "alpha"], { 338: [0, 1] }, {}],
      ["premultiplied alpha in planes", true, 4, ["alpha"], { 338: [1] }, { planar: true }],
      ["alpha in planes", false, 4, ["alpha"], { 338: [2] }, { planar: true }],
    ] as const)("%s: the background shows through", async (name, premultiplied, perPixel, order, tags, kind) => {
      const image = { ...size, perPixel, samples: withAlpha(premultiplied, ...order), tags, ...kind };
      const pixels = await read(name, image, { background: [10, 200, 90] }, littleEndian);
      expectSame(pixels, behind(premultiplied));
    });

    const bits = bytes.map((value) => value & 1);
    it.each([
      ["black is zero", { tags: { 262: [1] } }, (bit: number) => 255 * bit],
      ["white is zero", { tags: { 262: [0] } }, (bit: number) => 255 * (1 - bit)],
      ["no BitsPerSample", { tags: { 258: [] } }, (bit: number) => 255 * bit],
      ["strips", { tags: { 262: [1] }, strips: true, tile: 3 }, (bit: number) => 255 * bit],
    ] as const)("one bit is black or white: %s", async (name, kind, value) => {
      const image = { ...size, perPixel: 1, depth: 0.125, samples: bits, ...kind } as const;
      expectSame(await read(`bit ${name}`, image, {}, littleEndian), greys(width, height, bits.map(value)));
    });

    /** What of 0 … 1 becomes what byte: 255 x, to the nearest, cut beyond. */
    const stored = [-3, 0, 0.25, 0.5, 1, 7, NaN];
    const shown = [0, 0, 64, 128, 255, 255, 0];
    const halves = [0xc200, 0, 0x3400, 0x3800, 0x3c00, 0x4700, 0x7e00]; // the same in half precision
    const cycle = <Value>(values: readonly Value[]) =>
      Array.from({ length: count }, (_, i) => values[i % values.length]!);
    it.each([
      ["32-bit floating point", [0, 1], { depth: 4, format: 3, samples: cycle(stored) }, shown],
      ["64-bit floating point", [0, 1], { depth: 8, format: 3, samples: cycle(stored) }, shown],
      ["16-bit floating point", [0, 1], { depth: 2, format: 3, samples: cycle(halves) }, shown],
      [
        "deflated floating point",
        [-1, 1],
        { depth: 4, format: 3, compression: deflate, samples: cycle([-1, 0, 1]) },
        [0, 128, 255],
      ],
      [
        "floating point with its predictor",
        [-1, 1],
        {
          depth: 4,
          format: 3,
          compression: floats(4, littleEndian),
          tags: { 317: [3] },
          samples: cycle([-1, 0.1, 1, 0]),
        },
        [0, 140, 255, 128],
      ],
      [
        "64-bit floating point with its predictor",
        [-1, 1],
        {
          depth: 8,
          format: 3,
          compression: floats(8, littleEndian),
          tags: { 317: [3] },
          samples: cycle([-1, 0.1, 1, 0]),
        },
        [0, 140, 255, 128],
      ],
      ["signed bytes", [-128, 127], { depth: 1, format: 2, samples: cycle([128, 255, 0, 127]) }, [0, 127, 128, 255]],
      [
        "signed 16 bits",
        [-2048, 2032],
        { depth: 2, format: 2, samples: cycle([63488, 0, 2032, 32767]) },
        [0, 128, 255, 255],
      ],
      ["32 bits", [0, 4080], { depth: 4, samples: cycle([0, 16, 4080, 2 ** 32 - 1]) }, [0, 1, 255, 255]],
      [
        "32 bits as differences",
        [0, 4080],
        { depth: 4, compression: deflate, differences: true, samples: cycle([4080, 16, 0]) },
        [255, 1, 0],
      ],
      ["12 of 16 bits", [0, 4095], { depth: 2, samples: cycle([0, 2048, 4095, 65535]) }, [0, 128, 255, 255]],
      ["8 bits", [100, 151], { depth: 1, samples: cycle([0, 100, 101, 151, 255]) }, [0, 0, 5, 255, 255]],
    ] as const)("%s: numbers of a stated range become 0 … 255", async (name, range, kind, expected) => {
      const pixels = await read(name, { ...size, perPixel: 1, ...kind }, { range }, littleEndian);
      expectSame(pixels, greys(width, height, cycle<number>(expected)));
    });
  });

  it.each([
    ["32-bit floating-point grey", { depth: 4, format: 3 }, ", such as `range: [0, 1]`"],
    ["16-bit floating-point grey", { depth: 2, format: 3 }, ", such as `range: [0, 1]`"],
    ["16-bit signed grey", { depth: 2, format: 2 }, ""],
    ["8-bit signed grey", { depth: 1, format: 2 }, ""],
    ["32-bit grey", { depth: 4 }, ""],
  ] as const)("%s is refused when opened if no range is stated", async (name, kind, such) => {
    const path = await write(name, { ...size, perPixel: 1, samples: bytes, ...kind });
    await expect(open(path)).rejects.toThrow(
      `${path}: its samples are ${name}, of which no number is black or white by itself: open it with \`range: [black, white]\`${such}`,
    );
  });

  it.each([
    [
      "colours",
      { perPixel: 3, tags: { 262: [8] } },
      "8-bit Lab is not read here, only grey, palettes, RGB and the YCbCr of JPEG; convert it to RGB",
    ],
    ["nothing said", { perPixel: 3, tags: { 262: [] } }, "its header does not say PhotometricInterpretation"],
    [
      "too many",
      { perPixel: 3, tags: { 277: [65_536] } },
      "its header is damaged or cut short (samplesPerPixel of page 0 is 65536)",
    ],
    [
      "JPEG 2000",
      { perPixel: 3, tags: { 259: [33005] } },
      "its pixels are stored as JPEG 2000 (33005), which is not decoded here; write it again with deflate, LZW or JPEG",
    ],
    [
      "LZMA",
      { perPixel: 3, tags: { 259: [34925] } },
      "its pixels are stored as LZMA (34925), which is not decoded here",
    ],
    ["a compression of nobody", { perPixel: 3, tags: { 259: [7777] } }, "its pixels are stored as compression 7777"],
    [
      "bits",
      { perPixel: 3, tags: { 258: [5, 6, 5] } },
      "mixed RGB samples with predictor 1 are not read here, only whole numbers of 1, 2,",
    ],
    ["12 bits", { perPixel: 1, tags: { 258: [12] } }, "12-bit grey samples with predictor 1 are not read here"],
    ["YCbCr", { perPixel: 3, tags: { 262: [6], 530: [1, 1] } }, "YCbCr that is no JPEG is not read here, only grey,"],
    [
      "numbers in LERC",
      { perPixel: 1, depth: 4, tags: { 259: [34887] } },
      "32-bit numbers without sign are not read here from LERC",
    ],
    [
      "complex numbers",
      { perPixel: 1, tags: { 339: [6] } },
      "8-bit (format 6) grey samples with predictor 1 are not read here",
    ],
  ] as const)("of other %s are refused when opened", async (name, kind, reason) => {
    const path = await write(name, { ...size, samples: rgb.data, ...kind });
    await expect(open(path)).rejects.toThrow(`${path}: ${reason}`);
  });

  it("whose bits are stored in reverse are read right, or refused", async () => {
    const samples = bytes.map((value) =>
      Number.parseInt(value.toString(2).padStart(8, "0").split("").reverse().join(""), 2),
    );
    const path = await write("reverse", { ...size, perPixel: 1, samples, tags: { 266: [2] } });
    if (reader === "geotiffSource")
      await expect(open(path)).rejects.toThrow(
        `${path}: the bits of its bytes are stored in reverse (FillOrder 2), which is not read here`,
      );
    else expectSame(await (await open(path)).read(allOf(size)), greys(width, height, bytes));
  });

  it.each([
    [{ missing: [300, -1] }, "`missing` to be three numbers of 0 … 255, got [300,-1]"],
    [{ missing: [0, 0, 256] }, "`missing` to be three numbers of 0 … 255, got [0,0,256]"],
    [{ background: "white" }, '`background` to be three numbers of 0 … 255, got "white"'],
    [{ range: 5 }, "`range` to be two numbers, that of black below that of white, got [5]"],
    [{ range: [0] }, "`range` to be two numbers, that of black below that of white, got [0]"],
  ])("are refused with an option that is not valid: %o", async (options, message) => {
    const path = await write("options", { ...size, perPixel: 1, samples: bytes });
    await expect(open(path, options as unknown as ReaderOptions)).rejects.toThrow(
      new RangeError(`${reader}: expected ${message}.`),
    );
  });

  it("are refused with a range if it is none, or they are of a palette", async () => {
    const path = await write("ranges", { ...size, perPixel: 1, samples: bytes });
    for (const range of [
      [1, 1],
      [2, 1],
      [0, NaN],
    ] as const)
      await expect(open(path, { range })).rejects.toThrow(
        new RangeError(
          `${reader}: expected \`range\` to be two numbers, that of black below that of white, got [${range.join(", ")}].`,
        ),
      );
    const tags = { 262: [3], 320: Array.from({ length: 768 }, (_, i) => i) };
    const palette = await write("palette", { ...size, perPixel: 1, samples: bytes, tags });
    await expect(open(palette, { range: [0, 1] })).rejects.toThrow(
      "`range` says which numbers are black and white, but its samples are numbers of a palette",
    );
  });
});
