import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { byteCache, labelsOf } from "../src/index.js";
import { imageFolder } from "../src/node/index.js";
import { drawn, folderOf, noisyImage } from "./test-images.js";

let png: Buffer;
let jpeg: Buffer;
let webp: Buffer;
let cut: Buffer;
beforeAll(async () => {
  png = await drawn("#ff0000").png().toBuffer();
  jpeg = await drawn("#00ff00").jpeg().toBuffer();
  webp = await drawn("#0000ff").webp().toBuffer();
  const whole = await noisyImage().jpeg().toBuffer();
  cut = whole.subarray(0, whole.length * 0.6);
});

const ids = (set: { items: readonly { id: string }[] }) => set.items.map(({ id }) => id);
const twoOf = (...classes: string[]) =>
  Object.fromEntries(
    classes.flatMap((c) => [
      [`${c}/1.png`, png],
      [`${c}/2.png`, png],
    ]),
  );

describe("imageFolder", () => {
  it("reads root/class/image in a fixed order, whatever the case of the extension, and nothing hidden", async () => {
    const root = await folderOf({
      "dog/2.JPG": jpeg,
      "dog/10.png": png,
      "cat/b.webp": webp,
      "cat/a.jpeg": jpeg,
      "cat/.DS_Store": "x",
      ".git/c.png": png,
      "cat/notes.txt": "x",
      "readme.md": "x",
      "dog/more/notes.txt": "x",
    });
    const set = await imageFolder(root);
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(ids(set)).toEqual(["cat/a.jpeg", "cat/b.webp", "dog/10.png", "dog/2.JPG"]);
    expect([...labelsOf(set)]).toEqual([0, 0, 1, 1]);
    expect(set.skipped).toEqual([
      { id: "cat/notes.txt", reason: "its name does not end in .jpg, .jpeg, .png, .webp, .gif, .tif, .tiff, .avif" },
      { id: "dog/more", reason: "a folder inside a class is not read" },
    ]);
    expect([...(await set.items[2]!.load()).data.subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  it("reads root/split/class/image and follows links", async () => {
    const root = await folderOf({
      "train/b/1.png": png,
      "train/b/2.png": png,
      "test/b/3.png": png,
      "test/b/4.png": png,
    });
    await symlink(join(root, "test", "b"), join(root, "train", "a"));
    const set = await imageFolder(root, { split: "train" });
    expect(set.name).toMatch(/\/train$/);
    expect(set.classes).toEqual(["a", "b"]);
    expect(ids(set)).toEqual(["train/a/3.png", "train/a/4.png", "train/b/1.png", "train/b/2.png"]);
  });

  it("orders classes that are numbers by number", async () => {
    const root = await folderOf(twoOf("10", "9", "1"));
    expect((await imageFolder(root)).classes).toEqual(["1", "9", "10"]);
  });

  it("orders them as torchvision does if it is told to, and their images with them", async () => {
    const root = await folderOf(twoOf("10", "9", "1"));
    const set = await imageFolder(root, { classOrder: "text" });
    expect(set.classes).toEqual(["1", "10", "9"]); // Python's sorted()
    expect(ids(set)).toEqual(["1/1.png", "1/2.png", "10/1.png", "10/2.png", "9/1.png", "9/2.png"]);
    expect([...labelsOf(set)]).toEqual([0, 0, 1, 1, 2, 2]);
    await expect(imageFolder(root, { classOrder: "natural" as "text" })).rejects.toThrow(
      "imageFolder: `classOrder` must be one of number, text, got natural.",
    );
    await expect(imageFolder(root, { onBadFile: "ignore" as "skip" })).rejects.toThrow(
      "imageFolder: `onBadFile` must be one of error, skip, got ignore.",
    );
    await expect(imageFolder(root, { check: "decoded" as "decode" })).rejects.toThrow(
      "imageFolder: `check` must be one of header, decode, got decoded.",
    );
  });

  it("orders names by code point, as Python does, not by halves of characters", async () => {
    const names = ["😀", "ﬀ", "é", "Z", "a", "10", "2"]; // JavaScript's own order has 😀 before ﬀ
    const root = await folderOf(twoOf(...names));
    const sorted = ["10", "2", "Z", "a", "é", "ﬀ", "😀"];
    expect((await imageFolder(root)).classes).toEqual(sorted);
    expect((await imageFolder(root, { classOrder: "text" })).classes).toEqual(sorted);
  });

  it("keeps the labels of the training classes in a split that lacks some", async () => {
    const root = await folderOf({
      "train/a/1.png": png,
      "train/b/1.png": png,
      "test/b/2.png": png,
      "odd/c/3.png": png,
    });
    const { classes } = await imageFolder(root, { split: "train" });
    expect([...labelsOf(await imageFolder(root, { split: "test", classes }))]).toEqual([1]);
    await expect(imageFolder(root, { split: "odd", classes })).rejects.toThrow(
      /has classes that `classes` has not: `c`/,
    );
  });

  it("says what is wrong with the folder", async () => {
    const root = await folderOf({ "train/a/1.png": png, "test/a/1.png": png, "file.txt": "x" });
    const empty = await folderOf({ ".hidden": "" });
    const bare = await folderOf({ "a/notes.txt": "" });
    await expect(imageFolder(join(root, "nowhere"))).rejects.toThrow(/nowhere does not exist/);
    await expect(imageFolder(join(root, "file.txt"))).rejects.toThrow(/file.txt is not a folder/);
    await expect(imageFolder(empty)).rejects.toThrow(/has no class folders; expected .*class\/image.jpg/);
    await expect(imageFolder(bare)).rejects.toThrow(/has no readable image/);
    await expect(imageFolder(root, { split: "val" })).rejects.toThrow(
      /has no split `val`; its folders are `test`, `train`/,
    );
    await expect(imageFolder(root)).rejects.toThrow(/are they splits\? Set `split` to one of `test`, `train`/);
  });

  it("names every bad file, or leaves it out", async () => {
    const root = await folderOf({ ...twoOf("a"), "a/empty.jpg": "", "a/text.png": "hello", "a/cut.jpg": cut });
    await expect(imageFolder(root)).rejects.toThrow(
      /2 of 5 files .*\n.*a\/empty.jpg: the file is empty\n.*a\/text.png: this is not an image/,
    );
    const set = await imageFolder(root, { onBadFile: "skip" });
    expect(ids(set)).toEqual(["a/1.png", "a/2.png", "a/cut.jpg"]);
    expect(set.skipped.map(({ id }) => id)).toEqual(["a/empty.jpg", "a/text.png"]);
    await expect(set.items[2]!.load()).rejects.toThrow(/a\/cut.jpg: cannot be decoded/); // its header is whole
    const decoded = await imageFolder(root, { onBadFile: "skip", check: "decode" });
    expect(decoded.skipped.map(({ id }) => id)).toEqual(["a/cut.jpg", "a/empty.jpg", "a/text.png"]);
    await expect(imageFolder(root, { onBadFile: "skip", limitInputPixels: 40 })).rejects.toThrow(/no readable image/);
  });

  it("warns of a class with one image, or refuses it", async () => {
    const root = await folderOf({ ...twoOf("a"), "b/1.png": png, "c/x.png": "broken" });
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    await imageFolder(root, { onBadFile: "skip", minPerClass: 0 });
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/a single image in 1 classes: `b`/), {
      code: "FOVEA_SINGLE_IMAGE",
    });
    warn.mockRestore();
    await expect(imageFolder(root, { onBadFile: "skip" })).rejects.toThrow(/fewer than `minPerClass` \(1\) .*: `c`/);
    await expect(imageFolder(root, { onBadFile: "skip", minPerClass: 2 })).rejects.toThrow(/in 2 classes: `b`, `c`/);
  });

  it("passes size, groups and cache on", async () => {
    const root = await folderOf(twoOf("a"));
    const cache = byteCache(1e6);
    const set = await imageFolder(root, { size: [5, 3], groupOf: (id) => id.at(-5)!, cache });
    expect(set.items.map(({ group }) => group)).toEqual(["1", "2"]);
    expect(await set.items[0]!.load()).toMatchObject({ width: 3, height: 5 });
    await writeFile(join(root, "a/1.png"), "gone");
    expect(await set.items[0]!.load()).toMatchObject({ width: 3, height: 5 });
    expect([cache.hits, cache.misses, cache.bytes]).toEqual([1, 1, 45]);
  });
});

describe("imageFolder with a manifest", () => {
  const files = () => ({ ...twoOf("a", "b"), "c/1.png": png, "c/2.png": png });
  const write = async (name: string, content: string) => join(await folderOf({ [name]: content }), name);

  it("reads JSON lists of paths for each split; classes are those of all splits", async () => {
    const root = await folderOf(files());
    const manifest = await write(
      "s.json",
      JSON.stringify({ train: ["b/2.png", "b/1.png"], test: ["a/1.png", "a/2.png", "c/1.png"] }),
    );
    const train = await imageFolder(root, { manifest, split: "train" });
    expect([train.classes, ids(train), [...labelsOf(train)]]).toEqual([
      ["a", "b", "c"],
      ["b/2.png", "b/1.png"],
      [1, 1],
    ]);
    await expect(imageFolder(root, { manifest, split: "val" })).rejects.toThrow(
      /has no split `val`; its splits are `train`, `test`/,
    );
    await expect(imageFolder(root, { manifest })).rejects.toThrow(/has several splits; set `split`/);
  });

  it("orders numeric labels by number, or as text", async () => {
    const root = await folderOf(files());
    const manifest = await write("s.csv", "path,label\na/1.png,10\nb/1.png,9\nc/1.png,2\n");
    const classes = async (classOrder?: "number" | "text") =>
      (await imageFolder(root, { manifest, minPerClass: 0, ...(classOrder && { classOrder }) })).classes;
    expect([await classes(), await classes("text")]).toEqual([
      ["2", "9", "10"],
      ["10", "2", "9"],
    ]);
  });

  it("reads CSV with labels, quotes and Windows paths", async () => {
    const root = await folderOf(files());
    const manifest = await write(
      "s.csv",
      '\uFEFFsplit,path,label\r\ntrain,a\\1.png,"ten, or ""X"""\r\n,b/1.png,9\r\ntrain,./c/1.png,"ten, or ""X"""\r\n\r\n',
    );
    const set = await imageFolder(root, { manifest, split: "train" });
    expect([set.classes, ids(set)]).toEqual([
      ["9", 'ten, or "X"'],
      ["a/1.png", "c/1.png"],
    ]);
  });

  it("reads a text list and finds missing files", async () => {
    const root = await folderOf(files());
    const manifest = await write("train.txt", "a/1.png\na/2.png\n\nb/9.png\n");
    await expect(imageFolder(root, { manifest })).rejects.toThrow(/b\/9.png: there is no such file/);
    const left = imageFolder(root, { manifest, onBadFile: "skip", minPerClass: 0 });
    expect((await left).skipped).toEqual([{ id: "b/9.png", reason: "there is no such file" }]);
  });

  it.each([
    ["s.json", '{"train":["a/1.png"],"test":["./a/1.png"]}', /has a\/1.png in two splits, `train` and `test`/],
    ["s.json", '["a/1.png"]', /expected an entry with a `path`, got "a\/1.png"/],
    ["s.json", '{"train":"a/1.png"}', /split `train` is not a list of paths/],
    ["s.json", "{", /is not JSON/],
    ["s.csv", "file,label\na/1.png,a", /needs a column `path`; it has `file`, `label`/],
    ["s.txt", "1.png", /1.png has neither a label nor a folder that names its class/],
    ["s.txt", "a/1.png\na/1.png", /lists a\/1.png twice/],
    ["s.yaml", "a", /expected a manifest ending in .json, .csv or .txt/],
  ])("refuses %s: %s", async (name, content, message) => {
    const root = await folderOf(files());
    await expect(imageFolder(root, { manifest: await write(name, content) })).rejects.toThrow(message);
  });

  it("refuses a manifest that is not there", async () => {
    await expect(imageFolder(await folderOf(files()), { manifest: "/nowhere/s.json" })).rejects.toThrow(
      "imageFolder: there is no manifest /nowhere/s.json.",
    );
  });
});
