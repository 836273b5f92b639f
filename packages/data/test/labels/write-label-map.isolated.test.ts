import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { decode } from "fast-png";
import { fromArrayBuffer } from "geotiff";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { colorsOfLabels, vocColors, type LabelMap } from "../../src/index.js";
import { labelMapWriter, readLabelMap, tiledImage, writeLabelBands, writeLabelMap } from "../../src/node/index.js";
import { folderOf } from "../test-images.js";
import { randomLabels } from "./label-files.js";

const folder = () => folderOf({});
const wide = ({ width, height, data }: LabelMap): LabelMap => ({
  width,
  height,
  data: Uint16Array.from(data, (id) => 257 * id),
});
const all = randomLabels(300, 521, 256); // more than one tile each way, of which the last are cut

/** `toEqual` takes a second for so many numbers. */
function expectSame(found: Uint8Array | Uint16Array, expected: Uint8Array | Uint16Array): void {
  expect([found.constructor, found.length]).toEqual([expected.constructor, expected.length]);
  expect(found.findIndex((id, i) => id !== expected[i])).toBe(-1);
}

describe.each([".png", ".tif", ".TIFF"])("writeLabelMap (%s)", (ending) => {
  it.each([
    ["every id of 8 bits", all],
    ["every id of 8 bits, in 16", wide(all)],
    ["one pixel", randomLabels(1, 1, 256, 3)],
    ["a row", randomLabels(259, 1, 21)],
    ["a column", randomLabels(1, 259, 21)],
  ])("keeps %s", async (_, labels) => {
    const path = `${await folder()}/map${ending}`;
    await writeLabelMap(path, labels);
    const read = await readLabelMap(path);
    expect(read).toMatchObject({ width: labels.width, height: labels.height });
    expectSame(read.data, labels.data);
  });

  it("shows the colours of PASCAL VOC, or others, in any viewer", async () => {
    const path = `${await folder()}/map${ending}`;
    const labels = randomLabels(41, 300, 256);
    await writeLabelMap(path, labels);
    const shown = await sharp(path).removeAlpha().raw().toBuffer();
    expect(shown.equals(colorsOfLabels(labels).data)).toBe(true);
    await writeLabelMap(path, labels, { palette: [[9, 8, 7]] });
    const { palette } = await readLabelMap(path);
    expect(palette).toEqual([[9, 8, 7], ...vocColors.slice(1)]);
  });

  it("keeps the colours that a file had", async () => {
    const path = `${await folder()}/map${ending}`;
    const palette = vocColors.toReversed();
    await writeLabelMap(path, { ...randomLabels(3, 2, 9), palette });
    expect((await readLabelMap(path)).palette).toEqual(palette);
  });

  it("keeps no colours of ids of 16 bits, however many a file had", async () => {
    const path = `${await folder()}/map${ending}`;
    const palette = Array.from({ length: 2 ** 16 }, () => vocColors[1]!);
    await writeLabelMap(path, { ...wide(randomLabels(3, 2, 9)), palette });
    expect((await readLabelMap(path)).palette).toBeUndefined();
  });

  it("gives the same file, whatever the bands", async () => {
    const [root, { width, height, data }] = [await folder(), all];
    await writeLabelMap(`${root}/whole${ending}`, all);
    for (const rows of [1, 7, 256, 300, 521]) {
      const bands = Array.from({ length: Math.ceil(height / rows) }, (_, i) => ({
        top: i * rows,
        labels: Int32Array.from(data.subarray(i * rows * width, (i + 1) * rows * width)),
      }));
      await writeLabelBands(`${root}/bands${ending}`, bands, { width, height });
      expectSame((await readLabelMap(`${root}/bands${ending}`)).data, data);
      expect(readFileSync(`${root}/bands${ending}`).equals(readFileSync(`${root}/whole${ending}`))).toBe(true);
    }
    expect(readdirSync(root).sort()).toEqual([`bands${ending}`, `whole${ending}`]);
  });

  it("is not there before its end, and leaves nothing if it is given up", async () => {
    const root = await folder();
    const path = `${root}/map${ending}`;
    writeFileSync(path, "old");
    const writer = await labelMapWriter(path, { width: 4, height: 3 });
    await writer.write([0, 1, 2, 3]);
    expect(readdirSync(root)).toHaveLength(2);
    expect(readFileSync(path, "utf8")).toBe("old");
    await writer.abort();
    await writer.abort();
    expect(readdirSync(root)).toEqual([`map${ending}`]);
    expect(readFileSync(path, "utf8")).toBe("old");
    await expect(writer.write([0, 1, 2, 3])).rejects.toThrow(/^labelMapWriter: .*: expected a file that is open/);
  });

  it("leaves nothing if it is given up while it writes or ends", async () => {
    const [root, labels] = [await folder(), randomLabels(400, 600, 256)];
    for (const during of ["write", "close"] as const) {
      const writer = await labelMapWriter(`${root}/map${ending}`, labels);
      if (during === "close") await writer.write(labels.data);
      const pending = during === "write" ? writer.write(labels.data) : writer.close();
      const settled = pending.catch((error: unknown) => error);
      await writer.abort();
      await settled; // it may have been done already
      expect(readdirSync(root)).toEqual([]);
    }
  });

  it("does nothing after it is closed", async () => {
    const path = `${await folder()}/map${ending}`;
    const writer = await labelMapWriter(path, { width: 2, height: 1 });
    await writer.write([1, 2]);
    await writer.close();
    await writer.abort();
    await expect(writer.write([1, 2])).rejects.toThrow("expected a file that is open");
    await expect(writer.close()).rejects.toThrow("expected 1 rows, got a file that is closed");
    expect([...(await readLabelMap(path)).data]).toEqual([1, 2]);
  });

  it.each([
    ["expected ids of 0 … 255 with `bits: 8`, got 256", [256, 0]],
    ["expected ids of 0 … 255 with `bits: 8`, got -1", [0, -1]],
    ["expected ids of 0 … 255 with `bits: 8`, got 0.5", [0, 0.5]],
    ["expected full rows of 2 ids, got 3 ids", [0, 0, 0]],
    ["expected 2 rows, got 3", [0, 0, 0, 0, 0, 0]],
  ])("says: %s, and leaves nothing", async (message, rows) => {
    const root = await folder();
    const writer = await labelMapWriter(`${root}/map${ending}`, { width: 2, height: 2 });
    const failed = writer.write(rows);
    await expect(failed).rejects.toThrow(`labelMapWriter: ${root}/map${ending}: ${message}.`);
    await expect(failed).rejects.toBeInstanceOf(RangeError);
    expect(readdirSync(root)).toEqual([]);
  });

  it("refuses to end early, and leaves nothing", async () => {
    const root = await folder();
    const writer = await labelMapWriter(`${root}/map${ending}`, { width: 2, height: 2 });
    await writer.write([0, 1]);
    await expect(writer.close()).rejects.toThrow("expected 2 rows, got 1.");
    expect(readdirSync(root)).toEqual([]);
  });
});

describe("labelMapWriter", () => {
  it.each([
    ["`ending of `path`` must be one of .png, .tif, .tiff, got .jpg", "map.jpg", { width: 1, height: 1 }],
    ["`width` must be a whole number of at least 1, got 0", "map.png", { width: 0, height: 1 }],
    ["`bits` must be one of 8, 16, got 4", "map.png", { width: 1, height: 1, bits: 4 as 8 }],
    [
      "`palette` of at most 256 colours, got 257",
      "map.png",
      { width: 1, height: 1, palette: [...vocColors, vocColors[0]!] },
    ],
    ["expected `palette[0]` to be three numbers", "map.png", { width: 1, height: 1, palette: [[1, 2, 256] as const] }],
  ])("says: %s", async (message, name, options) => {
    const root = await folder();
    const failed = labelMapWriter(`${root}/${name}`, options);
    await expect(failed).rejects.toThrow(message);
    await expect(failed).rejects.toBeInstanceOf(RangeError);
    expect(readdirSync(root)).toEqual([]);
  });

  it("names a folder that is not there", async () => {
    const path = `${await folder()}/none/map.png`;
    await expect(labelMapWriter(path, { width: 1, height: 1 })).rejects.toThrow(
      `labelMapWriter: ${path}: there is no such folder.`,
    );
  });

  it("leaves nothing when a band fails, or does not follow", async () => {
    const root = await folder();
    function* failing() {
      yield { top: 0, labels: [1, 2] };
      throw new Error("no memory for this band");
    }
    const size = { width: 2, height: 2 };
    await expect(writeLabelBands(`${root}/a.png`, failing(), size)).rejects.toThrow("no memory for this band");
    const gap = [{ top: 1, labels: [1, 2] }];
    await expect(writeLabelBands(`${root}/a.png`, gap, size)).rejects.toThrow("that begins in row 0, got row 1");
    expect(readdirSync(root)).toEqual([]);
  });

  it("stores palettes that other decoders read as indices", async () => {
    const path = `${await folder()}/map.png`;
    await writeLabelMap(path, all);
    const png = decode(readFileSync(path), { checkCrc: true });
    expect([png.depth, png.channels, png.palette?.length]).toEqual([8, 1, 256]);
    expectSame(new Uint8Array(png.data), all.data);
    expect(await sharp(path).metadata()).toMatchObject({ isPalette: true });
  });

  it("stores the colours of a TIFF with 16 bits, and fills tiles beyond the last row with 0, whatever was above", async () => {
    const path = `${await folder()}/map.tif`;
    await writeLabelMap(path, { width: 3, height: 257, data: new Uint8Array(3 * 257).fill(7) });
    const bytes = readFileSync(path);
    const image = await (await fromArrayBuffer(new Uint8Array(bytes).buffer)).getImage(0);
    const colors = (await image.fileDirectory.loadValue("ColorMap")) as ArrayLike<number>;
    expect([colors[0], colors[1], colors[255]]).toEqual([0, 128 * 257, 224 * 257]); // red, of 16 bits: 255 is 65535
    const places = (await image.fileDirectory.loadValue("TileOffsets")) as ArrayLike<number>;
    const tile = inflateSync(bytes.subarray(places[1]));
    expect([...tile.subarray(0, 5), ...tile.subarray(256, 261)]).toEqual([7, 7, 7, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("writes tiles that are read by region", async () => {
    const path = `${await folder()}/map.tif`;
    await writeLabelMap(path, all);
    expect(await sharp(path).metadata()).toMatchObject({ format: "tiff", width: 300, height: 521 });
    const source = await tiledImage(path);
    const { data } = await source.read({ left: 250, top: 500, width: 9, height: 3 });
    await source.close();
    const colors = Array.from(
      { length: 27 },
      (_, i) => vocColors[all.data[(500 + Math.floor(i / 9)) * 300 + 250 + (i % 9)]!]!,
    );
    expect([...data]).toEqual(colors.flat());
  });

  it.runIf(hasPillow())("has the same ids in Pillow", async () => {
    const root = await folder();
    const maps: Record<string, LabelMap> = { "8.png": all, "8.tif": all, "16.png": wide(all), "16.tif": wide(all) };
    for (const [name, labels] of Object.entries(maps)) await writeLabelMap(`${root}/${name}`, labels);
    const script = new URL("../reference/label_map.py", import.meta.url).pathname;
    const paths = Object.keys(maps).map((name) => `${root}/${name}`);
    const lines = execFileSync("python3", [script, ...paths], { encoding: "utf8" })
      .trim()
      .split("\n");
    const found = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const digest = (data: Uint8Array | Uint16Array) => createHash("sha256").update(data).digest("hex");
    expect(found.map(({ sha256 }) => sha256)).toEqual(Object.values(maps).map(({ data }) => digest(data)));
    expect(found.map(({ mode }) => mode)).toEqual(["P", "P", "I;16", "I;16"]);
    expect(found[0]).toMatchObject({ size: [300, 521], color: vocColors[255] });
  });
});

function hasPillow(): boolean {
  try {
    execFileSync("python3", ["-c", "import PIL"], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}
