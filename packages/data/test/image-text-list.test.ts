import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { labelsOf } from "../src/index.js";
import { imageTextList, imageTextSplits, type ImageTextListOptions } from "../src/node/index.js";
import { colorsOf, drawn, folderOf } from "./test-images.js";

let png: Buffer;
beforeAll(async () => {
  vi.spyOn(process, "emitWarning").mockImplementation(() => {}); // of classes with a single image
  png = await drawn("#ff0000").png().toBuffer();
});

const IMAGES = ["a/1.png", "a/2.png", "b/3.png"];
/** Reads `list` beside the three images. */
async function read(list: Record<string, string>, options: ImageTextListOptions = {}) {
  const root = await folderOf({ ...Object.fromEntries(IMAGES.map((path) => [path, png])), ...list });
  return imageTextList(join(root, Object.keys(list)[0]!), options);
}
const textsOf = async ({ items }: Awaited<ReturnType<typeof read>>) =>
  Object.fromEntries(await Promise.all(items.map(async (item) => [item.id, await item.captions()] as const)));
const jsonl = (...rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join("\n");

/** What people write: none of it may change. */
const ODD = [
  'says "hi", and leaves',
  "🐦‍⬛ with a 👑",
  "طائر صغير أحمر",
  "two lines:\n\nand a third",
  " blanks around, and  within ",
  "word ".repeat(10_000).trim(),
  "'quoted', \\ \\n \t; | #",
];
const inQuotes = (text: string) => `"${text.replaceAll('"', '""')}"`;

describe("imageTextList", () => {
  it("joins the rows of an image in their order, numbers labels by name, and reads images when asked for", async () => {
    const set = await read({
      "list.csv":
        "image,text,label\n" +
        'b/3.png,"a small, red bird",wren\n' +
        "a/1.png,a cat,cat\n" +
        "b/3.png,its bill is short,wren\n",
    });
    expect([set.name, set.classes]).toEqual(["list.csv", ["cat", "wren"]]);
    expect(set.items.map(({ id }) => id)).toEqual(["b/3.png", "a/1.png"]);
    expect([...labelsOf(set)]).toEqual([1, 0]);
    expect(await textsOf(set)).toEqual({
      "b/3.png": ["a small, red bird", "its bill is short"],
      "a/1.png": ["a cat"],
    });
    expect(colorsOf(await set.items[0]!.load())).toEqual(["f00"]);
    expect([set.skipped, set.withoutText]).toEqual([[], []]);
  });

  it.each([
    ["\n", ""],
    ["\r\n", ""],
    ["\n", "\uFEFF"],
    ["\r\n", "\uFEFF"],
  ])("passes any text through CSV and JSON lines, with lines ended by %j after %j", async (end, mark) => {
    const rows = ODD.map((text) => `a/1.png,${inQuotes(text)},x`);
    const csv = `${mark}${["image,text,label", ...rows].join("\n").replaceAll("\n", end)}${end}`;
    expect(await textsOf(await read({ "list.csv": csv }))).toEqual({ "a/1.png": ODD });
    const lines = [
      { image: "a/1.png", text: ODD.slice(0, 3), label: 7 },
      { image: "a\\1.png", text: ODD[3], label: "7" },
      { label: 7, image: "./a/1.png", text: ODD.slice(4) },
    ];
    const set = await read({
      "list.jsonl": `${mark}${lines.map((line) => JSON.stringify(line)).join(end)}${end}${end}`,
    });
    expect([set.classes, await textsOf(set)]).toEqual([["7"], { "a/1.png": ODD }]);
  });

  it("reads one split, with the classes of all", async () => {
    const rows = jsonl(
      { image: "a/1.png", text: "one", label: "z", split: "train" },
      { image: "b/3.png", text: "two", label: "y", split: "test" },
    );
    const test = await read({ "list.jsonl": rows }, { split: "test" });
    expect([test.name, test.classes, [...labelsOf(test)]]).toEqual(["list.jsonl/test", ["y", "z"], [0]]);
    expect(test.items.map(({ id }) => id)).toEqual(["b/3.png"]);
    const told = await read({ "list.jsonl": rows }, { split: "test", classes: ["z", "y", "x"] });
    expect([told.classes, [...labelsOf(told)]]).toEqual([["z", "y", "x"], [1]]);
    await expect(read({ "list.jsonl": rows }, { split: "val" })).rejects.toThrow(
      /^imageTextList: .*list.jsonl has no split `val`; its splits are `train`, `test`\.$/,
    );
    const without = jsonl({ image: "a/1.png", text: "one", label: "z" });
    await expect(read({ "list.jsonl": without }, { split: "train" })).rejects.toThrow(
      /list.jsonl has no column `split`, so it has no split `train`\.$/,
    );
    await expect(read({ "list.jsonl": rows })).rejects.toThrow(
      /list.jsonl has several splits; set `split` to one of `train`, `test`\.$/,
    );
    await expect(read({ "list.jsonl": rows }, { split: "test", classes: ["z"] })).rejects.toThrow(
      /^imageTextList: .*list.jsonl has classes that `classes` has not: `y`\.$/,
    );
  });

  it("names the splits of a list in the order of the file, and none where there is no such column", async () => {
    const splitsIn = async (...rows: object[]) =>
      imageTextSplits(join(await folderOf({ "list.jsonl": jsonl(...rows) }), "list.jsonl"));
    const row = { image: "a/1.png", text: "one", label: "z" };
    expect(await splitsIn({ ...row, split: "test" }, { ...row, split: "train" }, { ...row, split: "test" })).toEqual([
      "test",
      "train",
    ]);
    expect(await splitsIn(row)).toEqual([]);
    await expect(imageTextSplits("none.csv")).rejects.toThrow("imageTextSplits: there is no list none.csv.");
  });

  it("numbers labels as it is told", async () => {
    const rows = jsonl(...["10", "9", "1"].map((label, i) => ({ image: IMAGES[i], text: "x", label })));
    expect((await read({ "l.jsonl": rows })).classes).toEqual(["1", "9", "10"]);
    expect((await read({ "l.jsonl": rows }, { classOrder: "text" })).classes).toEqual(["1", "10", "9"]);
  });

  it("lets images be in another folder", async () => {
    const images = await folderOf({ "x.png": png });
    const set = await read({ "l.csv": "label,text,image\nk,hello,x.png\n" }, { root: images });
    expect(set.items.map(({ id }) => id)).toEqual(["x.png"]);
  });

  it("refuses, keeps or leaves out images without text, and says which", async () => {
    const rows = jsonl(
      { image: "a/1.png", text: " ", label: "x" },
      { image: "a/2.png", label: "x" },
      { image: "b/3.png", text: [], label: "x" },
      { image: "b/3.png", text: ["", "here"], label: "x" },
    );
    const list = { "l.jsonl": rows };
    await expect(read(list)).rejects.toThrow(
      /^imageTextList: 2 of 3 images of .*l.jsonl have no text; set .*\n {2}a\/1.png: it has no sentence \(.*l.jsonl, line 1\)\n {2}a\/2.png: .*line 2\)$/,
    );
    const kept = await read(list, { missingText: "empty" });
    expect(await textsOf(kept)).toEqual({ "a/1.png": [], "a/2.png": [], "b/3.png": ["here"] });
    expect(kept.withoutText.map(({ id }) => id)).toEqual(["a/1.png", "a/2.png"]);
    const left = await read(list, { missingText: "skip" });
    expect(await textsOf(left)).toEqual({ "b/3.png": ["here"] });
    expect(left.skipped).toEqual(left.withoutText);
    expect(left.skipped.map(({ id }) => id)).toEqual(["a/1.png", "a/2.png"]);
    await expect(read({ "l.csv": "image,text,label\na/1.png,,x\n" })).rejects.toThrow(/a\/1.png: it has no sentence/);
  });

  it("names the line of an image that is missing or damaged, or skips it", async () => {
    const rows = 'image,text,label\na/1.png,"two\nlines",x\na/2.png,hi,x\nb/3.png,ho,x\n';
    const root = await folderOf({ "l.csv": rows, "a/1.png": png, "a/2.png": png, "b/3.png": "no image" });
    await rm(join(root, "a/2.png"));
    await expect(imageTextList(join(root, "l.csv"))).rejects.toThrow(
      /^imageTextList: 2 of 3 files in .*\n.*a\/2.png: there is no such file \(.*l.csv, line 4\)\n.*b\/3.png: .* \(.*l.csv, line 5\)$/,
    );
    const left = await imageTextList(join(root, "l.csv"), { onBadFile: "skip" });
    expect([left.items.length, left.skipped.map(({ id }) => id)]).toEqual([1, ["a/2.png", "b/3.png"]]);
  });

  it("leaves out what is no image by its name", async () => {
    const set = await read({ "l.csv": "image,text,label\na/1.png,one,x\na/note.txt,two,x\n" });
    expect([set.items.length, set.skipped.map(({ id }) => id)]).toEqual([1, ["a/note.txt"]]);
  });

  const row = { image: "a/1.png", text: "one", label: "x" };
  it.each([
    [
      "l.jsonl",
      jsonl(row, { ...row, label: "y" }),
      /line 2: a\/1.png has the label `y`, but `x` in .*l.jsonl, line 1\.$/,
    ],
    [
      "l.jsonl",
      jsonl({ ...row, split: "train" }, { ...row, split: "test" }),
      /line 2: a\/1.png has the split `test`, but `train`/,
    ],
    [
      "l.jsonl",
      jsonl({ ...row, split: "train" }, { ...row, image: "a/2.png" }),
      /line 2: a\/2.png has no split; others are in `train`/,
    ],
    [
      "l.jsonl",
      jsonl(row, { ...row, file_name: "x" }),
      /line 2: `file_name` is unknown; the columns are `image`, `text`, `label`, `split`\.$/,
    ],
    ["l.jsonl", `${jsonl(row)}\n\n{"image": "a`, /line 3: it is not JSON \(/],
    ["l.jsonl", "[1]", /line 1: expected an object with `image`, `text` and `label`, got `\[1\]`/],
    ["l.jsonl", jsonl({ text: "one", label: "x" }), /line 1: expected `image` to be a text or a number, got nothing/],
    [
      "l.jsonl",
      jsonl({ image: "a/1.png", text: "one" }),
      /line 1: expected `label` to be a text or a number, got nothing/,
    ],
    ["l.jsonl", jsonl({ ...row, text: 3 }), /line 1: expected `text` to be a text or a list of texts, got 3/],
    [
      "l.jsonl",
      jsonl({ ...row, text: ["a", 3] }),
      /line 1: expected `text` to be a text or a list of texts, got \["a",3\]/,
    ],
    [
      "l.csv",
      "image,text,label\na/1.png,one, \n",
      /line 2: expected `label` to be a text or a number, got an empty text/,
    ],
    ["l.csv", "image,text\na/1.png,one\n", /line 1: there is no column `label`; it has `image`, `text`\.$/],
    ["l.csv", "image,text,label,text\n", /line 1: the column `text` stands twice/],
    ["l.csv", "image,caption,label\n", /line 1: `caption` is unknown/],
    ["l.csv", "", /l.csv is empty; its first line names the columns/],
    [
      "l.csv",
      'image,text,label\r\na/1.png,"two\r\nlines",x\r\na/2.png,a, b,x\r\n',
      /line 4: it is not CSV \(Invalid Record Length: expect 3, got 4/,
    ],
    ["l.csv", 'image,text,label\na/1.png,say "hi",x\n', /line 2: it is not CSV \(Invalid Opening Quote/],
    ["l.csv", 'image,text,label\na/1.png,"never closed,x\n', /it is not CSV \(Quote Not Closed/],
    ["l.tsv", "image\ttext\tlabel\n", /expected a list ending in .csv, .jsonl or .ndjson, got .*l.tsv/],
    [
      "l.csv",
      'image,text,label\na/1.png,"two\nlines",x\n\n\na/1.png,"three\n\nlines",y\n',
      /line 6: a\/1.png has the label `y`, but `x` in .*l.csv, line 2\.$/,
    ],
  ])("refuses %s: %j", async (name, content, message) => {
    const refused = read({ [name]: content });
    await expect(refused).rejects.toThrow(/^imageTextList: /);
    await expect(refused).rejects.toThrow(message);
  });

  it("says which list or folder is not there", async () => {
    const root = await folderOf({ "x.png": png });
    await expect(imageTextList(join(root, "l.csv"))).rejects.toThrow(/^imageTextList: there is no list .*l.csv\.$/);
    await expect(imageTextList(join(root, "l.csv"), { root: join(root, "gone") })).rejects.toThrow(
      /gone does not exist/,
    );
    await expect(read({ "l.csv": "image,text,label\n" })).rejects.toThrow(/^imageTextList: .* has no readable image/);
  });
});
