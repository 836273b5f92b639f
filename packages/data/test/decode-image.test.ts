import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Metadata, type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { ImageFileError } from "../src/index.js";
import { decodeImage } from "../src/node/index.js";
import { drawn, folderOf, noise, noisyImage } from "./test-images.js";

const COLOR = { r: 200, g: 100, b: 50, alpha: 1 };
const HALF = { ...COLOR, alpha: 0.5 };

/** Largest distance of any pixel from a color. */
const distance = (data: Uint8Array, color: readonly number[]) =>
  data.reduce((most, value, i) => Math.max(most, Math.abs(value - color[i % 3]!)), 0);

describe("decodeImage", () => {
  const greyAlpha = Buffer.from(Array.from({ length: 48 }, () => [100, 128]).flat());
  const kinds: readonly [kind: string, Sharp, Partial<Metadata>, expected: number[], tolerance: number][] = [
    ["PNG", drawn(COLOR).png(), { space: "srgb", channels: 3 }, [200, 100, 50], 0],
    ["JPEG", drawn(COLOR).jpeg({ quality: 100 }), { format: "jpeg" }, [200, 100, 50], 2],
    [
      "WebP with transparency",
      drawn(HALF, 8, 6, 4).webp({ lossless: true }),
      { format: "webp", hasAlpha: true },
      [227, 177, 152],
      1,
    ],
    ["grey", drawn("#808080").toColourspace("b-w").png(), { channels: 1, space: "b-w" }, [128, 128, 128], 0],
    [
      "grey with transparency",
      sharp(greyAlpha, { raw: { width: 8, height: 6, channels: 2 } })
        .toColourspace("b-w")
        .png(),
      { channels: 2 },
      [177, 177, 177],
      1,
    ],
    ["RGBA", drawn(HALF, 8, 6, 4).png(), { channels: 4 }, [227, 177, 152], 1],
    ["palette", drawn(COLOR).png({ palette: true }), { isPalette: true }, [200, 100, 50], 0],
    ["16-bit RGB", drawn(COLOR).toColourspace("rgb16").png(), { depth: "ushort", channels: 3 }, [200, 100, 50], 0],
    [
      "16-bit grey",
      drawn("#808080").toColourspace("grey16").png(),
      { depth: "ushort", channels: 1 },
      [128, 128, 128],
      0,
    ],
    [
      "CMYK JPEG",
      drawn("#c0a080").toColourspace("cmyk").jpeg({ quality: 100 }),
      { space: "cmyk", channels: 4 },
      [192, 160, 128],
      5,
    ],
  ];
  it.each(kinds)("makes 8-bit sRGB of %s", async (_, image, metadata, expected, tolerance) => {
    const bytes = await image.toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject(metadata); // the file is what it says
    const { width, height, channels, data } = await decodeImage(bytes);
    expect([width, height, channels, data.length]).toEqual([8, 6, 3, 8 * 6 * 3]);
    expect(distance(data, expected)).toBeLessThanOrEqual(tolerance);
  });

  it("keeps every pixel of a lossless file, row by row", async () => {
    const { width, height, data } = noise(7, 5);
    const png = await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const decoded = await decodeImage(png);
    expect(decoded).toMatchObject({ width, height, channels: 3 });
    expect([...decoded.data]).toEqual([...data]);
  });

  it("applies the EXIF orientation", async () => {
    const { width, height, data } = noise(7, 5);
    const upright = sharp(data, { raw: { width, height, channels: 3 } });
    const turned = await upright.clone().png().withMetadata({ orientation: 6 }).toBuffer(); // 6: turn clockwise to view
    const expected = await upright.clone().rotate(90).raw().toBuffer();
    const decoded = await decodeImage(turned);
    expect([decoded.width, decoded.height]).toEqual([5, 7]);
    expect([...decoded.data]).toEqual([...expected]);
  });

  it("keeps a part of the upright image, fractions rounded outwards, before it resizes", async () => {
    const { data, width, height } = noise(6, 4);
    const png = await sharp(data, { raw: { width, height, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const whole = await decodeImage(png); // 4 × 6
    const part = await decodeImage(png, { crop: () => ({ left: 1.5, top: 2, width: 1.25, height: 9 }) });
    expect([whole.width, whole.height, part.width, part.height]).toEqual([4, 6, 2, 4]);
    const rows = [2, 3, 4, 5].flatMap((y) => [...whole.data.subarray((y * 4 + 1) * 3, (y * 4 + 3) * 3)]);
    expect([...part.data]).toEqual(rows);
    const seen: unknown[] = [];
    const crop = (size: { width: number; height: number }) => {
      seen.push(size);
      return { left: 0, top: 0, width: 4, height: 4 };
    };
    expect(await decodeImage(png, { crop, size: [2, 3] })).toMatchObject({ width: 3, height: 2 });
    expect(seen).toEqual([{ width: 4, height: 6 }]);
    await expect(decodeImage(png, { crop: () => ({ left: 4, top: 0, width: 2, height: 2 }) }, "a")).rejects.toThrow(
      "a: its part 2 × 2 at (4, 0) lies outside its 4 × 6 pixels",
    );
  });

  it("flattens on the background", async () => {
    const clear = await drawn({ r: 9, g: 9, b: 9, alpha: 0 }, 4, 4, 4).png().toBuffer();
    expect(distance((await decodeImage(clear, { background: [10, 20, 30] })).data, [10, 20, 30])).toBe(0);
    expect(distance((await decodeImage(clear)).data, [255, 255, 255])).toBe(0);
  });

  it("resizes by cover, contain and fill", async () => {
    const left = Buffer.concat(
      Array.from({ length: 4 }, () => Buffer.from([...Array(12).fill(0), ...Array(12).fill(200)])),
    );
    const wide = await sharp(left, { raw: { width: 8, height: 4, channels: 3 } })
      .png()
      .toBuffer(); // half black, half grey
    const at = async (fit: "cover" | "contain" | "fill", x: number, y: number) => {
      const { data, width, height } = await decodeImage(wide, { size: [4, 4], fit, background: [1, 2, 3] });
      expect([width, height]).toEqual([4, 4]);
      return [...data.subarray((y * 4 + x) * 3, (y * 4 + x) * 3 + 3)];
    };
    expect(await at("contain", 0, 0)).toEqual([1, 2, 3]);
    expect(await at("fill", 0, 0)).toEqual([0, 0, 0]);
    expect((await at("cover", 3, 0))[0]).toBeGreaterThan(150);
  });

  it("names the file and the reason", async () => {
    const jpeg = await noisyImage().jpeg().toBuffer();
    const png = await noisyImage().png().toBuffer();
    const root = await folderOf({
      "empty.jpg": "",
      "text.png": "not an image at all",
      "cut.jpg": jpeg.subarray(0, jpeg.length * 0.6),
      "cut.png": png.subarray(0, png.length * 0.6),
      "large.png": png,
    });
    const failure = async (name: string, limitInputPixels?: number) => {
      const path = join(root, name);
      const error: unknown = await decodeImage(path, limitInputPixels ? { limitInputPixels } : {}).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(ImageFileError);
      expect((error as ImageFileError).id).toBe(path);
      expect((error as ImageFileError).message).toBe(`${path}: ${(error as ImageFileError).reason}`);
      return (error as ImageFileError).reason;
    };
    expect(await failure("missing.png")).toBe("there is no such file");
    expect(await failure("empty.jpg")).toBe("the file is empty");
    expect(await failure("text.png")).toMatch(/not an image/);
    expect(await failure("cut.jpg")).toMatch(/cannot be decoded \(.*premature end/);
    expect(await failure("cut.png")).toMatch(/cannot be decoded/);
    expect(await failure("large.png", 100)).toBe("the image has more than `limitInputPixels` (100) pixels");
  });

  it("sees a file that was written again", async () => {
    const root = await folderOf({ "a.png": await drawn("#ff0000").png().toBuffer() });
    expect((await decodeImage(join(root, "a.png"))).data[0]).toBe(255);
    await writeFile(join(root, "a.png"), await drawn("#0000ff").png().toBuffer());
    expect((await decodeImage(join(root, "a.png"))).data[0]).toBe(0);
  });

  it("refuses a size that is none", async () => {
    await expect(decodeImage(new Uint8Array(), { size: 0 })).rejects.toThrow(
      "decodeImage: `size` must be a whole number of at least 1, got 0.",
    );
  });
});
