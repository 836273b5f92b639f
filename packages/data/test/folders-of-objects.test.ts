import { beforeAll, describe, expect, it, vi } from "vitest";
import { collectionSampler, groupsOf, labelsOf } from "../src/index.js";
import { imageFolder } from "../src/node/index.js";
import { drawn, folderOf } from "./test-images.js";

let png: Buffer;
beforeAll(async () => {
  png = await drawn("#ff0000").png().toBuffer();
});
const all = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, png]));
const ids = (set: { items: readonly { id: string }[] }) => set.items.map(({ id }) => id);
const objects = ["cat/tom/1.png", "cat/tom/2.png", "cat/rex/1.png", "dog/rex/1.png", "dog/rex/2.png"];

describe('imageFolder with groups: "folder"', () => {
  it("reads root/class/object/image; the group is the object of its class", async () => {
    const root = await folderOf({
      ...all(...objects),
      "cat/tom/notes.txt": "x",
      "cat/notes.txt": "x",
      "dog/bo/x.txt": "x",
    });
    const set = await imageFolder(root, { groups: "folder" });
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(ids(set)).toEqual(["cat/rex/1.png", "cat/tom/1.png", "cat/tom/2.png", "dog/rex/1.png", "dog/rex/2.png"]);
    expect([...labelsOf(set)]).toEqual([0, 0, 0, 1, 1]);
    expect(groupsOf(set)).toEqual(["cat/rex", "cat/tom", "cat/tom", "dog/rex", "dog/rex"]);
    expect(set.skipped.map(({ id }) => id)).toEqual(["cat/notes.txt", "cat/tom/notes.txt", "dog/bo/x.txt"]);
  });

  it("reads root/split/class/object/image; an object has the same group in every split", async () => {
    const root = await folderOf(
      all(...objects.map((path) => `train/${path}`), "test/cat/tom/9.png", "test/cat/ivy/1.png"),
    );
    const [train, test] = [
      await imageFolder(root, { groups: "folder", split: "train" }),
      await imageFolder(root, { groups: "folder", split: "test" }),
    ];
    expect(ids(train)).toHaveLength(5);
    expect(ids(test)).toEqual(["test/cat/ivy/1.png", "test/cat/tom/9.png"]);
    expect(groupsOf(test).filter((group) => groupsOf(train).includes(group))).toEqual(["cat/tom"]); // seen in training
  });

  it("is what a sampler keeps together", async () => {
    const set = await imageFolder(await folderOf(all(...objects)), { groups: "folder" });
    const sampler = collectionSampler({
      labels: labelsOf(set),
      groups: groupsOf(set),
      grouping: "together",
      views: 2,
      batch: 5,
    });
    const { indices, mask } = sampler.sample(0);
    indices.forEach((row, b) => {
      const groups = row.map((index) => groupsOf(set)[index]);
      expect(new Set(groups).size).toBe(1);
      expect(mask[b]).toEqual(groups[0] === "cat/rex" ? [1, 0] : [1, 1]);
    });
  });

  it("refuses images that lie in no object's folder, and folders in these, or lists them", async () => {
    const root = await folderOf(all(...objects, "cat/loose.png", "dog/rex/more/1.png"));
    await expect(imageFolder(root, { groups: "folder" })).rejects.toThrow(
      `imageFolder: ${root} has images where none are expected (set \`onBadFile: "skip"\` to leave them out):\n` +
        '  cat/loose.png: an image in no folder of an object; `groups: "folder"` expects class/object/image.jpg\n' +
        '  dog/rex/more: a folder inside the folder of an object; `groups: "folder"` expects class/object/image.jpg',
    );
    const set = await imageFolder(root, { groups: "folder", onBadFile: "skip" });
    expect(ids(set)).toHaveLength(5);
    expect(set.skipped.map(({ id }) => id)).toEqual(["cat/loose.png", "dog/rex/more"]);
  });

  it("does not go with what also names groups, and takes no other value", async () => {
    const root = await folderOf(all(...objects));
    await expect(imageFolder(root, { groups: "folder", groupOf: (id) => id })).rejects.toThrow(
      'imageFolder: `groups: "folder"` and `groupOf` do not go together, both name groups.',
    );
    await expect(imageFolder(root, { groups: "folder", manifest: "m.csv" })).rejects.toThrow(
      'imageFolder: `groups: "folder"` and `manifest` do not go together; name the group of a path with `groupOf`.',
    );
    await expect(imageFolder(root, { groups: "object" as "folder" })).rejects.toThrow(
      "imageFolder: `groups` must be one of folder, got object.",
    );
  });
});

describe("imageFolder without groups", () => {
  it("says what folders of images inside class folders may be", async () => {
    const mixed = await folderOf(
      all("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png", "dog/rex/1.png", "dog/rex/2.png"),
    );
    const message =
      '  dog/rex: a folder with 2 images inside a class folder; if each such folder holds the images of one object, set `groups: "folder"`';
    await expect(imageFolder(mixed)).rejects.toThrow(message);
    const set = await imageFolder(mixed, { onBadFile: "skip" });
    expect([ids(set).length, set.skipped.map(({ id }) => id)]).toEqual([4, ["dog/rex"]]);

    const nested = await folderOf(all(...objects));
    await expect(imageFolder(nested)).rejects.toThrow(
      'are they splits? Set `split` to one of `cat`, `dog`. Or does each hold the images of one object? Set `groups: "folder"`.',
    );
    const inSplit = await folderOf(all(...objects.map((path) => `train/${path}`)));
    await expect(imageFolder(inSplit, { split: "train" })).rejects.toThrow(
      'train/cat/rex: a folder with 1 image inside a class folder; if each such folder holds the images of one object, set `groups: "folder"`',
    );
    await expect(imageFolder(inSplit, { split: "train", onBadFile: "skip" })).rejects.toThrow(
      /has no readable image; 3 cannot be read, the first is train\/cat\/rex: a folder with 1 image inside a class folder/,
    );
  });

  it("counts the images that lie in no class", async () => {
    const root = await folderOf(all("1.png", "2.png", "train/3.png"));
    await expect(imageFolder(root, { split: "train" })).rejects.toThrow(
      /class\/image.jpg, found 1 image without a class\./,
    );
    const flat = await folderOf(all("1.png", "2.png"));
    await expect(imageFolder(flat)).rejects.toThrow(/class\/image.jpg, found 2 images without a class\./);
  });

  it("lists images beside the class folders", async () => {
    const root = await folderOf({ ...all("all.png", "a/1.png", "a/2.png"), "readme.md": "x" });
    const reason = "an image beside the class folders, so without a class";
    expect((await imageFolder(root)).skipped).toEqual([{ id: "all.png", reason }]);
    const split = await folderOf(all("all.png", "test/all.png", "test/a/1.png", "test/a/2.png"));
    expect((await imageFolder(split, { split: "test" })).skipped).toEqual([{ id: "test/all.png", reason }]);
  });

  it("says what it ignored where there are no images, or too few of a class", async () => {
    const root = await folderOf({
      "a/1.heic": "x",
      "a/2.HEIC": "x",
      "a/3.bmp": "x",
      "a/4.txt": "x",
      "a/README": "x",
      "a/more/x": "",
    });
    await expect(imageFolder(root)).rejects.toThrow(
      `imageFolder: ${root} has no readable image (ignored: 2 .heic files, 1 .bmp file, 1 .txt file, ` +
        "1 file without an extension, 1 folder; 2 .heic files, 1 .bmp file cannot be read: convert them to .png or .jpg).",
    );
    const two = await folderOf({ ...all("a/1.png", "a/2.png"), "b/1.bmp": "x", "a/3.txt": "x", "b/2.png": "" });
    await expect(imageFolder(two, { onBadFile: "skip" })).rejects.toThrow(
      "in 1 classes: `b` (ignored: 1 .bmp file; 1 .bmp file cannot be read: convert them to .png or .jpg); " +
        "1 cannot be read, the first is b/2.png: the file is empty.",
    );
  });

  it("warns of images that it leaves out for their format", async () => {
    const root = await folderOf({
      ...all("a/1.png", "a/2.png"),
      "a/3.HEIC": "x",
      "a/4.bmp": "x",
      "a/5.bmp": "x",
      "a/n.txt": "",
    });
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const set = await imageFolder(root);
    expect(warn.mock.calls).toEqual([
      [
        `imageFolder: ${root}: 2 .bmp files, 1 .heic file cannot be read and are left out; convert them to .png or .jpg.`,
        { code: "FOVEA_UNREADABLE_IMAGES" },
      ],
    ]);
    warn.mockRestore();
    expect(set.skipped[0]).toEqual({
      id: "a/3.HEIC",
      reason: ".heic files cannot be read; convert them to .png or .jpg",
    });
  });
});
