import type { Pixels } from "@fovea/nn";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { folderOf, noise, plain } from "../test-images.js";
import { expectSame } from "./expected.js";
import { allOf, READERS } from "./readers.js";
import { tiffOf, type TiffImage } from "./tiffs.js";

let root = "";
beforeAll(async () => {
  root = await folderOf({});
});

const page = ({ width, height, data }: Pixels, more: Partial<TiffImage> = {}): TiffImage => ({
  ...{ width, height, tile: 16, perPixel: 3, samples: data, ...more },
});
const [full, half, quarter] = [noise(80, 48, 1), noise(40, 24, 2), noise(20, 12, 3)];
const MASK = { 254: [4], 262: [4] };
const flat = (length: number, value: number) => new Uint8Array(length).fill(value);

describe.each(READERS)("pages of a TIFF, by %s", (reader, open) => {
  const write = async (name: string, pages: readonly TiffImage[]) => {
    const path = join(root, `${reader} ${name}.tif`);
    await writeFile(path, tiffOf(pages));
    return path;
  };

  it.each([
    [
      "a mask of one bit, as GDAL writes beside the image and each overview",
      { width: 40, height: 24, tile: 16, perPixel: 1, depth: 0.125, samples: flat(960, 1), tags: MASK },
      "it is a mask",
    ],
    ["a mask that only NewSubfileType tells", page(plain(40, 24, [9, 9, 9]), { tags: { 254: [5] } }), "it is a mask"],
    [
      "a heat map of floating point",
      { width: 40, height: 24, tile: 16, perPixel: 1, depth: 4, format: 3, samples: flat(960, 255) },
      "its samples are 32-bit floating-point grey, those of the image 8-bit RGB",
    ],
    [
      "a grey image",
      { width: 40, height: 24, tile: 16, perPixel: 1, samples: flat(960, 9) },
      "its samples are 8-bit grey, those of the image 8-bit RGB",
    ],
    ["an image in strips", page(plain(40, 24, [9, 9, 9]), { strips: true }), "it is in strips, unlike the image"],
    [
      "an image of another shape",
      page(plain(40, 40, [9, 9, 9])),
      "its 40 × 40 pixels are not those of the image divided by one number",
    ],
    ["another image of its size", page(plain(80, 48, [9, 9, 9])), "it is no smaller than page 0"],
  ] as const)("%s is no level, and is told", async (name, other, reason) => {
    const source = await open(await write(name, [page(full), other, page(half)]));
    expect(source.levels.map(({ step }) => step)).toEqual([1, 2]);
    expect(source.skipped).toEqual([{ page: 1, subifd: null, width: other.width, height: other.height, reason }]);
    expectSame(await source.read(allOf(full)), full);
    expectSame(await source.read(allOf(full), 0.5), half);
    await source.close();
  });

  it("are levels also in tiles beside strips, as GDAL writes overviews", async () => {
    const source = await open(await write("overviews", [page(full, { strips: true }), page(half), page(quarter)]));
    expect(source).toMatchObject({ levels: [{ step: 1 }, { step: 2 }, { step: 4 }], skipped: [] });
    for (const [i, level] of [full, half, quarter].entries())
      expectSame(await source.read(allOf(full), 0.5 ** i), level);
    await source.close();
  });

  it("are levels of any step, which the source says", async () => {
    const third = noise(27, 16, 4); // of 80 × 48 divided by three
    const source = await open(await write("third", [page(full), page(third)]));
    expect(source.levels).toEqual([
      { width: 80, height: 48, step: 1 },
      { width: 27, height: 16, step: 80 / 27 },
    ]);
    await source.close();
  });

  describe("of which there are more than 64", () => {
    const stamp = page(plain(16, 16, [9, 9, 9]));
    const stack = Array.from({ length: 70 }, () => stamp);

    it("are looked at up to the 64th, and that is told", async () => {
      const source = await open(await write("stack", [page(full), ...stack.slice(0, 62), page(half), ...stack]));
      expect(source.levels).toHaveLength(2); // the half is the 64th page
      expectSame(await source.read(allOf(full), 0.5), half);
      expect(source.skipped).toHaveLength(62 + 1);
      expect(source.skipped.at(-1)).toEqual({
        ...{ page: 64, subifd: null, width: 16, height: 16 },
        reason: "of its pages the first 64 are read, and this is the next one",
      });
      await source.close();
    });

    it("are looked at as far as `page` asks, and 63 beyond", async () => {
      const path = await write("far", [...stack, page(full), page(half), ...stack]);
      const source = await open(path, { page: 70 });
      for (const [i, level] of [full, half].entries()) expectSame(await source.read(allOf(full), 0.5 ** i), level);
      expect(source.skipped.at(-1)).toMatchObject({
        page: 134,
        reason: expect.stringMatching(/^of its pages the first 134 /),
      });
      await source.close();
      await expect(open(path, { page: 142 })).rejects.toThrow(
        `${path}: it has no page 142: its 142 pages count from 0`,
      );
    });
  });

  it("are levels also where a whole level is far smaller than its tile", async () => {
    const large = { tile: 512 };
    const path = await write("small levels", [page(full, large), page(half, large), page(quarter, large)]);
    const source = await open(path);
    expect(source).toMatchObject({ levels: [{ step: 1 }, { step: 2 }, { step: 4 }], skipped: [] });
    for (const [i, level] of [full, half, quarter].entries())
      expectSame(await source.read(allOf(full), 0.5 ** i), level);
    await source.close();
  });

  const label = plain(50, 20, [7, 7, 7]);
  it("are the image if they are the largest, a label first or not; any can be asked for", async () => {
    const path = await write("label first", [page(label), page(full), page(half)]);
    const source = await open(path);
    expect(source).toMatchObject({ width: 80, height: 48, levels: [{ step: 1 }, { step: 2 }], skipped: [{ page: 0 }] });
    expectSame(await source.read(allOf(full)), full);
    await source.close();
    for (const [i, one] of [label, full, half].entries()) {
      const chosen = await open(path, { page: i });
      expectSame(await chosen.read(allOf(one)), one);
      await chosen.close();
    }
    await expect(open(path, { page: 3 })).rejects.toThrow(`${path}: it has no page 3: its 3 pages count from 0`);
    await expect(open(path, { page: 1.5 })).rejects.toThrow(
      `${reader}: \`page\` must be a whole number of at least 0, got 1.5.`,
    );
  });

  it("are no image if they say that they are a mask, or a coarser version, however large", async () => {
    const mask = {
      width: 160,
      height: 96,
      tile: 16,
      perPixel: 1,
      depth: 0.125,
      samples: flat(160 * 96, 1),
      tags: MASK,
    } as const;
    const thumbnail = page(plain(100, 100, [1, 2, 3]), { tags: { 254: [1] } });
    const source = await open(await write("large others", [mask, thumbnail, page(full)]));
    expect(source).toMatchObject({ width: 80, height: 48, skipped: [{ page: 0 }, { page: 1 }] });
    await source.close();
  });

  it("are read too if they are SubIFDs of the image, whichever page it is", async () => {
    const source = await open(
      await write("subifds", [page(label), page(full, { subifds: [page(half), page(quarter)] })]),
    );
    for (const [i, level] of [full, half, quarter].entries())
      expectSame(await source.read(allOf(full), 0.5 ** i), level);
    await source.close();
  });

  it("are named as a choice if the image cannot be read", async () => {
    const raw = { code: 33003, encode: (bytes: Uint8Array) => bytes };
    const path = await write("unreadable image", [page(full, { compression: raw }), page(half)]);
    await expect(open(path)).rejects.toThrow(/which is not decoded here; .*; `page` chooses another of its pages$/);
    expectSame(await (await open(path, { page: 1 })).read(allOf(half)), half);
    const alone = await write("unreadable alone", [page(full, { compression: raw })]);
    await expect(open(alone)).rejects.toThrow(/which is not decoded here; write it again with deflate, LZW or JPEG$/);
  });

  it("are skipped with the reason if they are levels that cannot be read", async () => {
    const raw = { code: 33003, encode: (bytes: Uint8Array) => bytes };
    const source = await open(await write("unreadable level", [page(full), page(half, { compression: raw })]));
    expect(source.levels).toHaveLength(1);
    expect(source.skipped).toMatchObject([
      { page: 1, reason: expect.stringMatching(/^its pixels are stored as JPEG 2000 \(33003\), which is not decoded/) },
    ]);
    await source.close();
  });
});
