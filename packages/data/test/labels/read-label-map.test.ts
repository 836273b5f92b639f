import sharp from "sharp";
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import { ImageFileError, vocColors } from "../../src/index.js";
import { readLabelMap } from "../../src/node/index.js";
import { drawn, folderOf } from "../test-images.js";
import { tiffOf } from "../tiles/tiffs.js";
import { rawPng, type RawPng } from "./label-files.js";

const palette = Uint8Array.from(vocColors.slice(0, 16).flat());
const read = (png: Partial<RawPng> & Pick<RawPng, "bits" | "rows">) =>
  readLabelMap(rawPng({ width: 5, height: png.rows.length, color: 0, ...png }));

describe("readLabelMap", () => {
  it("keeps the indices of a palette, whatever the colours", async () => {
    const same = new Uint8Array(48).fill(7); // all ids have one colour
    const labels = await read({ bits: 8, color: 3, palette: same, rows: [Uint8Array.of(0, 1, 2, 15, 3)] });
    expect([...labels.data]).toEqual([0, 1, 2, 15, 3]);
    expect(labels.palette?.[15]).toEqual([7, 7, 7]);
    expect(labels).toMatchObject({ width: 5, height: 1 });
  });

  it.each([0, 3] as const)("unpacks 1, 2 and 4 bits (colour type %i), rows beginning at full bytes", async (color) => {
    const of = { color, ...(color === 3 && { palette }) };
    const one = await read({ ...of, bits: 1, rows: [Uint8Array.of(0b10110_000), Uint8Array.of(0b01001_111)] });
    expect([...one.data]).toEqual([1, 0, 1, 1, 0, 0, 1, 0, 0, 1]);
    const two = await read({ ...of, bits: 2, rows: [Uint8Array.of(0b11_10_01_00, 0b10_111111)] });
    expect([...two.data]).toEqual([3, 2, 1, 0, 2]);
    const four = await read({
      ...of,
      bits: 4,
      rows: [Uint8Array.of(0xf0, 0x1e, 0x7f), Uint8Array.of(0x23, 0x45, 0x60)],
    });
    expect([...four.data]).toEqual([15, 0, 1, 14, 7, 2, 3, 4, 5, 6]);
  });

  it("reads grey of 8 and of 16 bits as they are stored", async () => {
    const eight = await read({ bits: 8, rows: [Uint8Array.of(0, 255, 19, 1, 128)] });
    expect(eight.data).toEqual(Uint8Array.of(0, 255, 19, 1, 128));
    expect(eight.palette).toBeUndefined();
    const sixteen = await read({ bits: 16, rows: [Uint8Array.of(0, 1, 1, 0, 255, 255, 3, 232, 0, 0)] });
    expect(sixteen.data).toEqual(Uint16Array.of(1, 256, 65535, 1000, 0));
  });

  it("reads what another encoder wrote, interlaced too", async () => {
    const data = Uint8Array.from({ length: 13 * 11 }, (_, i) => (i * 29) % 256);
    const labels = { width: 13, height: 11, data };
    for (const interlace of ["null", "Adam7"] as const)
      expect((await readLabelMap(encode({ ...labels, channels: 1, depth: 8 }, { interlace }))).data).toEqual(data);
    expect(
      (
        await readLabelMap(
          await sharp(data, { raw: { width: 13, height: 11, channels: 1 } })
            .toColourspace("b-w")
            .png()
            .toBuffer(),
        )
      ).data,
    ).toEqual(data);
  });

  it.each(["lzw", "none", "deflate", "packbits"] as const)(
    "reads TIFFs of one band (%s), tiled or not",
    async (compression) => {
      const data = Uint8Array.from({ length: 37 * 21 }, (_, i) => (i * 29) % 256);
      for (const tile of [true, false]) {
        const tiff = sharp(data, { raw: { width: 37, height: 21, channels: 1 } }).toColourspace("b-w");
        const bytes = await tiff
          .tiff({ compression, tile, tileWidth: 16, tileHeight: 16, predictor: "none" })
          .toBuffer();
        expect(await readLabelMap(bytes)).toEqual({ width: 37, height: 21, data });
      }
    },
  );

  it.each([
    [2, 3, "an RGB image"],
    [4, 2, "a grey image with transparency"],
    [6, 4, "an RGB image with transparency"],
  ] as const)("refuses colour type %i, and says what to do", async (color, channels, what) => {
    const refused = read({ bits: 8, color, rows: [new Uint8Array(5 * channels)] });
    await expect(refused).rejects.toThrow(
      `label map: it is ${what}, not a map of ids; if each class has a colour in it, convert it once by ` +
        "`labelsOfColors` and `writeLabelMap`",
    );
    await expect(refused).rejects.toBeInstanceOf(ImageFileError);
  });

  it("refuses TIFFs of three bands and of other numbers", async () => {
    await expect(readLabelMap(await drawn("red").tiff().toBuffer())).rejects.toThrow("it is an image of 3 bands, not");
    for (const kind of [{ format: 3, depth: 4 }, { format: 2, depth: 1 }, { depth: 4 }] as const) {
      const tiff = tiffOf([{ width: 2, height: 1, tile: 16, samples: [1, 2], perPixel: 1, ...kind }]);
      await expect(readLabelMap(tiff)).rejects.toThrow("it is a TIFF of other numbers than whole ones of 8 or 16 bits");
    }
  });

  it("reads TIFFs of either byte order", async () => {
    const samples = Uint16Array.from({ length: 37 * 21 }, (_, i) => (i * 3571) % 65536);
    const image = { width: 37, height: 21, tile: 16, samples, perPixel: 1, depth: 2 } as const;
    for (const littleEndian of [true, false])
      expect((await readLabelMap(tiffOf([image], littleEndian))).data).toEqual(samples);
  });

  it("refuses 16 bits where 8 are expected", async () => {
    const bytes = rawPng({ width: 1, height: 1, bits: 16, color: 0, rows: [Uint8Array.of(1, 2)] });
    await expect(readLabelMap(bytes, { bits: 8 })).rejects.toThrow(
      "its numbers have 16 bits where ids of 8 bits are expected: is it a map of objects or depths? If ids above 255 " +
        "are meant, set `bits: 16`",
    );
  });

  it("refuses interlaced files of less than 8 bits, which its decoder would misread", async () => {
    const bytes = rawPng({ width: 1, height: 1, bits: 4, color: 0, interlaced: true, rows: [Uint8Array.of(16)] });
    await expect(readLabelMap(bytes)).rejects.toThrow("interlaced, with 4 bits a pixel, which is not read");
  });

  it("refuses more pixels than the limit before it decodes them", async () => {
    const bytes = rawPng({ width: 9, height: 9, bits: 8, color: 0, rows: [] });
    await expect(readLabelMap(bytes, { limitInputPixels: 80 })).rejects.toThrow("more than `limitInputPixels` (80)");
  });

  it("names a file that cannot be read, and why", async () => {
    const jpeg = await drawn("red").jpeg().toBuffer();
    const rows = Array.from({ length: 40 }, (_, y) => Uint8Array.from({ length: 5 }, (_, x) => (37 * x * y) % 251));
    const png = rawPng({ width: 5, height: 40, bits: 8, color: 0, rows });
    const flipped = Buffer.from(png).fill(png[70]! ^ 255, 70, 71);
    const root = await folderOf({
      "empty.png": "",
      "text.png": "no image at all",
      "photo.png": jpeg,
      "short.png": png.subarray(0, 90),
      "header.png": png.subarray(0, 20),
      "flipped.png": flipped,
      "checksum.png": Buffer.from(png).fill(png[29]! ^ 255, 29, 30), // of the header
      "rows.png": rawPng({ width: 5, height: 50, bits: 8, color: 0, rows }),
      "short.tif": (await drawn("grey").toColourspace("b-w").tiff().toBuffer()).subarray(0, 60),
    });
    const reasonOf = (file: string) =>
      readLabelMap(`${root}/${file}`).then(
        () => "was read",
        (error: ImageFileError) => (expect(error.id).toBe(`${root}/${file}`), error.reason),
      );
    expect(await reasonOf("none.png")).toBe("there is no such file");
    expect(await reasonOf("empty.png")).toBe("the file is empty");
    expect(await reasonOf("text.png")).toBe("it is no PNG and no TIFF, the two formats of label maps");
    expect(await reasonOf("photo.png")).toContain("it is a JPEG, which does not keep ids as they were");
    expect(await reasonOf("header.png")).toBe("the file is cut short");
    for (const file of ["short.png", "flipped.png", "checksum.png", "rows.png", "short.tif"])
      expect(await reasonOf(file)).toMatch(/^it is damaged or cut short \(.+\)$/);
  });
});
