import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage, imageFolder } from "../src/node/index.js";
import { drawn, folderOf, noise } from "./test-images.js";
import { tiffOf, type TiffImage } from "./tiles/tiffs.js";

const [width, height] = [6, 4];
const greys = Array.from({ length: width * height }, (_, i) => i * 10);
const tiff = (image: Partial<TiffImage>) =>
  tiffOf([{ width, height, tile: height, strips: true, samples: greys, perPixel: 1, ...image }]);
const rgbOf = (values: readonly number[]) => values.flatMap((value) => [value, value, value]);

/** 24 bits a pixel, without compression, the lowest row first. */
function bmpOf(): Buffer {
  const file = Buffer.alloc(54 + 4 * 20); // rows of 18 bytes, padded
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}

describe("formats that folders of images hold", () => {
  it("are read whatever their extension: TIFF, GIF and AVIF", async () => {
    const { data } = noise(width, height);
    const image = () => sharp(data, { raw: { width, height, channels: 3 } });
    const root = await folderOf({
      "a/1.tif": await image().tiff({ compression: "lzw" }).toBuffer(),
      "a/2.TIFF": await image().tiff({ compression: "deflate" }).toBuffer(),
      "a/3.avif": await image().avif({ lossless: true, chromaSubsampling: "4:4:4" }).toBuffer(),
      "a/4.gif": await drawn("#c86432", width, height).gif().toBuffer(),
    });
    const set = await imageFolder(root, { check: "decode" });
    expect([set.items.length, set.skipped]).toEqual([4, []]);
    const pixels = await Promise.all(set.items.map((item) => item.load()));
    for (const { width: w, height: h } of pixels) expect([w, h]).toEqual([width, height]);
    for (const i of [0, 1]) expect([...pixels[i]!.data]).toEqual([...data]);
    const furthest = pixels[2]!.data.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]!)), 0);
    expect(furthest).toBeLessThanOrEqual(4); // AV1's YCbCr, rounded
    expect([...pixels[3]!.data.subarray(0, 3)]).toEqual([200, 100, 50]);
  });

  it("have more than one image at times: the first is read", async () => {
    const pages = tiffOf(
      [greys, greys.map(() => 7)].map((samples) => ({
        width,
        height,
        tile: height,
        strips: true,
        samples,
        perPixel: 1,
      })),
    );
    expect([...(await decodeImage(pages)).data]).toEqual(rgbOf(greys));
    const frames = Buffer.concat(
      await Promise.all(["#ff0000", "#0000ff"].map((color) => drawn(color, width, height).raw().toBuffer())),
    );
    const gif = await sharp(frames, { raw: { width, height: 2 * height, channels: 3, pageHeight: height } })
      .gif({ loop: 0, delay: [50, 50] })
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const first = await decodeImage(gif);
    expect([first.height, ...first.data.subarray(0, 3)]).toEqual([height, 255, 0, 0]);
  });

  it("have 16 bits at times, of which the upper 8 are kept", async () => {
    const sixteen = tiff({ samples: greys.map((grey) => grey * 257), depth: 2 });
    expect([...(await decodeImage(sixteen)).data]).toEqual(rgbOf(greys));
  });

  it.each([
    ["float", { depth: 4, format: 3, samples: greys.map((grey) => grey / 255) }],
    ["uint", { depth: 4, samples: greys.map((grey) => grey * 2 ** 20) }],
    ["short", { depth: 2, format: 2, samples: greys }],
  ] as const)(
    "are refused where their numbers have no black and white, which would give nonsense: %s",
    async (type, image) => {
      const reason =
        `its samples are of the type ${type}, of which no number is black or white by itself; convert it to 8 or 16 ` +
        "bits, or read it by `tiledImage` with `range: [black, white]`";
      await expect(decodeImage(tiff(image))).rejects.toThrow(`image: ${reason}`);
      const root = await folderOf({ "a/1.tif": tiff(image), "a/2.tif": tiff({}), "a/3.tif": tiff({}) });
      await expect(imageFolder(root)).rejects.toThrow(`${join(root, "a/1.tif")}: ${reason}`);
      expect((await imageFolder(root, { onBadFile: "skip" })).skipped).toEqual([{ id: "a/1.tif", reason }]);
    },
  );

  it("do not include BMP, which sharp does not decode: left out by name, and the reason says what to do", async () => {
    await expect(decodeImage(bmpOf())).rejects.toThrow("this is not an image, or of a format that is not supported");
    const png = await drawn("#ff0000").png().toBuffer();
    const root = await folderOf({ "a/1.png": png, "a/2.png": png, "a/3.bmp": bmpOf() });
    expect((await imageFolder(root)).skipped).toEqual([
      { id: "a/3.bmp", reason: ".bmp files cannot be read; convert them to .png or .jpg" },
    ]);
    const list = await folderOf({ "list.txt": "a/1.png\na/2.png\na/3.bmp\n" });
    expect((await imageFolder(root, { manifest: join(list, "list.txt") })).skipped).toHaveLength(1);
  });
});
