import { describe, expect, it } from "vitest";
import { inspectLabels, requireLabels, type InspectedLabels } from "../../src/index.js";
import { inspectLabelFolder, segmentationFolder } from "../../src/node/index.js";
import { drawn, folderOf } from "../test-images.js";
import { rawPng } from "./label-files.js";

const maps = (classes: readonly string[], ...rows: readonly (readonly number[] | Error)[]): InspectedLabels => ({
  name: "maps",
  classes,
  ignore: 255,
  items: rows.map((row, i) => ({
    id: `${i}.png`,
    loadLabels: () =>
      row instanceof Error
        ? Promise.reject(row)
        : Promise.resolve({ width: row.length, height: 1, data: Uint8Array.from(row) }),
  })),
});

describe("inspectLabels", () => {
  it("counts ids, those outside, and ignored pixels", async () => {
    const report = await inspectLabels(maps(["a", "b", "c"], [0, 0, 1, 255], [7, 0, 255, 255], [255, 255]));
    expect(report.ids).toEqual([
      { id: 0, pixels: 3, files: 2, first: "0.png" },
      { id: 1, pixels: 1, files: 1, first: "0.png" },
      { id: 7, pixels: 1, files: 1, first: "1.png" },
      { id: 255, pixels: 5, files: 3, first: "0.png" },
    ]);
    expect(report.outside.map(({ id }) => id)).toEqual([7]);
    expect(report).toMatchObject({ files: 3, ignoredShare: 0.5, absent: ["c"], empty: ["2.png"], palettes: 0 });
    expect(report.problems).toEqual(["id 7 is neither a class (0 … 2) nor ignored (255); the first is in 1.png."]);
    expect(report.text).toBe(
      [
        "maps: 3 label maps",
        " id  class       pixels    share  files",
        "  0  a                3  30.00 %      2",
        "  1  b                1  10.00 %      1",
        "  7  (no class)       1  10.00 %      1",
        "255  (ignored)        5  50.00 %      3",
        "Problem: id 7 is neither a class (0 … 2) nor ignored (255); the first is in 1.png.",
        "Note: All pixels are ignored in 1:",
        "  2.png",
        "Note: No label map has 1 of the classes: c.",
      ].join("\n"),
    );
  });

  it("goes on after a file that fails, and names it", async () => {
    const report = await inspectLabels(maps(["a"], new Error("1.png: it is an RGB image"), [0], new Error("bad")));
    expect(report.failures).toEqual([
      { id: "0.png", reason: "1.png: it is an RGB image" },
      { id: "2.png", reason: "bad" },
    ]);
    expect(report.problems).toEqual(["2 of 3 label maps cannot be used:\n  1.png: it is an RGB image\n  bad"]);
    expect(report.ids).toHaveLength(1);
    await expect(inspectLabels(maps(["a"], new TypeError("a mistake of the program")))).rejects.toThrow(TypeError);
  });

  it("says what ids look like that are often meant otherwise", async () => {
    const fromOne = await inspectLabels(maps(["a", "b"], [0, 1, 2]));
    expect(fromOne.problems[0]).toContain("if ids count from 1 and 0 is unlabelled, set `reduceZeroLabel`");
    const binary = await inspectLabels(maps(["a", "b"], [0, 128]));
    expect(binary.problems[0]).toContain("if 128 stands for class 1, write the maps with 0 and 1");
    const ignored = await inspectLabels(maps(["a", "b"], [0, 255]));
    expect(ignored.problems).toEqual([]);
    expect(ignored.warnings[0]).toBe(
      "The only ids are 0 and 255: if 255 stands for a class, it is ignored, and nothing is learned.",
    );
  });

  it("takes a class that is ignored for absent", async () => {
    const { absent, ignoredShare, outside } = await inspectLabels({ ...maps(["void", "a"], [0, 1, 1, 1]), ignore: 0 });
    expect([absent, ignoredShare, outside]).toEqual([["void"], 0.25, []]);
  });

  it("only counts where the classes are not known", async () => {
    const report = await inspectLabels(maps([], [0, 7]));
    expect([report.outside, report.absent, report.problems]).toEqual([[], [], []]);
    expect(report.ids.map(({ id }) => id)).toEqual([0, 7]);
  });

  it("looks at some, evenly spread, if that is asked, and stops if it is told to", async () => {
    const set = maps(["a"], ...Array.from({ length: 10 }, (_, i) => [i]));
    expect((await inspectLabels(set, { limit: 4 })).ids.map(({ id }) => id)).toEqual([0, 2, 5, 7]);
    await expect(inspectLabels(set, { limit: 0 })).rejects.toThrow("inspectLabels: `limit` must be at least 1, got 0.");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(inspectLabels(set, { signal })).rejects.toThrow("enough");
  });
});

describe("requireLabels", () => {
  it("lets good maps pass, with what was found", async () => {
    expect((await requireLabels(maps(["a", "b"], [0, 1, 255]))).ignoredShare).toBeCloseTo(1 / 3, 12);
  });

  it.each([
    ["id 1 is neither a class", maps(["a"], [0, 1])],
    ["the ids 1, 2 are neither a class", maps(["a"], [1, 2])],
    ["No pixel has a class: all are ignored.", maps(["a"], [255, 255], [255])],
    [
      "1 of 2 label maps cannot be used:\n  there is no such file",
      maps(["a"], [0], new Error("there is no such file")),
    ],
    ["There is no label map.", maps(["a"])],
  ])("refuses: %s", async (message, set) => {
    await expect(requireLabels(set)).rejects.toThrow(message);
    await expect(requireLabels(await inspectLabels(set))).rejects.toThrow(/^requireLabels: maps: \d label maps/);
  });
});

describe("inspectLabelFolder", () => {
  const grey = (...ids: number[]) =>
    rawPng({ width: ids.length, height: 1, bits: 8, color: 0, rows: [Uint8Array.from(ids)] });
  const palette = new Uint8Array(30);
  const indexed = rawPng({ width: 2, height: 1, bits: 8, color: 3, palette, rows: [Uint8Array.of(1, 9)] });

  it("names palettes, RGB masks and what else is wrong in a folder", async () => {
    const rgb = await drawn("red", 2, 1).png().toBuffer();
    const wide = rawPng({ width: 1, height: 1, bits: 16, color: 0, rows: [Uint8Array.of(1, 2)] });
    const root = await folderOf({
      "a/1.png": grey(0, 1),
      "a/2.png": indexed,
      "b/3.png": rgb,
      "b/4.png": wide,
      "b/5.txt": "",
    });
    const report = await inspectLabelFolder(root, { classes: 2 });
    expect(report).toMatchObject({ files: 4, palettes: 1 });
    expect(report.outside).toEqual([{ id: 9, pixels: 1, files: 1, first: "a/2.png" }]);
    expect(report.failures.map(({ id }) => id)).toEqual(["b/3.png", "b/4.png"]);
    expect(report.text).toContain("4 label maps, 1 of them with a colour table");
    expect(report.text).toContain("b/3.png: it is an RGB image, not a map of ids");
    expect(report.text).toContain("b/4.png: its numbers have 16 bits where ids of 8 bits are expected");
    await expect(requireLabels(report)).rejects.toThrow("it is an RGB image");
    expect((await inspectLabelFolder(root, { bits: 16 })).ids.at(-1)!.id).toBe(258);
  });

  it("finds sizes that differ, if it knows the images", async () => {
    const files = { "images/a.jpg": await drawn("red", 3, 1).jpeg().toBuffer(), "labels/a.png": grey(0, 1) };
    const set = await segmentationFolder(await folderOf(files), { classes: 2, check: "none" });
    expect((await inspectLabels(set)).failures[0]!.reason).toContain("its label map is 2 × 1, but the image is 3 × 1");
  });

  it("names a folder that is not there", async () => {
    await expect(inspectLabelFolder("/none")).rejects.toThrow("inspectLabelFolder: /none does not exist.");
  });
});
