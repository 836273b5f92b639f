import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { geotiffSource, ImageFileError } from "../../src/index.js";
import { tiledImage } from "../../src/node/index.js";
import { byteFile } from "../../src/tiles/byte-file.js";
import { openTiff } from "../../src/tiles/tiff-file.js";
import { tiffPage } from "../../src/tiles/tiff-page.js";
import { folderOf, noise } from "../test-images.js";
import { tiffOf } from "./tiffs.js";

const page = (width: number, height: number) => ({
  ...{ width, height, tile: 16, perPixel: 3, samples: noise(width, height).data },
});
const bytes = tiffOf([page(80, 48), page(40, 24)]);

/** The file that `openTiff` is given, and how often it was closed. */
async function counted() {
  const file = await byteFile(bytes, "x.tif");
  const close = vi.fn(() => file.close());
  return { ...file, close };
}

describe("openTiff", () => {
  it("keeps the file until the image is closed, if a level reads from it", async () => {
    const file = await counted();
    const { close } = await openTiff(file, {}, async () => (directory) => tiffPage(file, directory, {}));
    expect(file.close).toHaveBeenCalledTimes(0);
    await close!();
    expect(file.close).toHaveBeenCalledTimes(1);
  });

  it("closes it at once, if no level does", async () => {
    const file = await counted();
    const opened = await openTiff(file, {}, async () => async (directory) => ({
      ...(await tiffPage(file, directory, {})),
      usesFile: false,
    }));
    expect(file.close).toHaveBeenCalledTimes(1);
    expect(opened.close).toBeUndefined();
  });

  it("skips a level that cannot be read, but hides no fault of its reader", async () => {
    const failing = (error: Error) => async () => async (directory: { readonly page: number }) => {
      if (directory.page > 0) throw error;
      return { blockWidth: 16, blockHeight: 16, read: () => Promise.reject(error), usesFile: false };
    };
    const unread = failing(new ImageFileError("x.tif", "it is green"));
    expect((await openTiff(await counted(), {}, unread)).skipped).toMatchObject([{ page: 1, reason: "it is green" }]);
    const file = await counted();
    await expect(openTiff(file, {}, failing(new TypeError("no function")))).rejects.toThrow(
      new TypeError("no function"),
    );
    expect(file.close).toHaveBeenCalledTimes(1);
  });
});

describe.each([
  ["geotiffSource", geotiffSource],
  ["tiledImage", tiledImage],
])("%s", (name, open) => {
  let path = "";
  beforeAll(async () => {
    path = join(await folderOf({}), `${name}.tif`);
    const planes = { ...page(80, 48), planar: true }; // which `tiledImage`, too, reads from the file
    await writeFile(path, tiffOf([planes]));
  });
  afterEach(() => vi.restoreAllMocks());

  it("leaves no file open where its options are refused", async () => {
    const fs = process.getBuiltinModule("node:fs/promises");
    const [opened, handles] = [fs.open, [] as { readonly fd: number }[]];
    vi.spyOn(fs, "open").mockImplementation(async (...args) => {
      const handle = await opened(...args);
      handles.push(handle);
      return handle;
    });
    await expect(open(path, { concurrency: 0 })).rejects.toThrow(/`concurrency` must be a whole number/);
    expect(handles.length).toBeGreaterThan(0);
    expect(handles.map(({ fd }) => fd)).toEqual(handles.map(() => -1)); // which is what a closed one has
  });
});
