import { basename } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { LabelMap } from "../../src/index.js";
import {
  ade20k,
  cityscapes,
  segmentationFolder,
  vocSegmentation,
  type SegmentationFileItem,
} from "../../src/node/index.js";
import { drawn, folderOf } from "../test-images.js";
import { rawPng } from "./label-files.js";

/** A label map of one row, and an image of its size. */
const map = (...ids: number[]) =>
  rawPng({ width: ids.length, height: 1, bits: 8, color: 0, rows: [Uint8Array.from(ids)] });
const photo = (width: number, height = 1) => drawn("red", width, height).jpeg().toBuffer();
const idsOf = async (item: SegmentationFileItem | undefined): Promise<number[]> => [...(await item!.loadLabels()).data];
const both = async (item: SegmentationFileItem | undefined): Promise<[number, number, LabelMap]> => {
  const { image, labels } = await item!.load();
  return [image.width, image.height, labels];
};

describe("segmentationFolder", () => {
  it("pairs images and label maps by name, whatever their endings", async () => {
    const root = await folderOf({
      "images/b.jpg": await photo(3),
      "images/a.png": await drawn("blue", 2, 1).png().toBuffer(),
      "images/.hidden.jpg": "",
      "images/notes.txt": "",
      "labels/b.png": map(0, 1, 255),
      "labels/a.tif": await sharp(Uint8Array.of(1, 1), { raw: { width: 2, height: 1, channels: 1 } })
        .toColourspace("b-w")
        .tiff()
        .toBuffer(),
      "labels/c.png": map(0),
      "classes.txt": "grass\nsky\n",
    });
    const set = await segmentationFolder(root);
    expect(set).toMatchObject({ name: basename(root), classes: ["grass", "sky"], ignore: 255 });
    expect(set.items.map(({ id }) => id)).toEqual(["images/a.png", "images/b.jpg"]);
    expect(set.items[0]).toMatchObject({ imagePath: `${root}/images/a.png`, labelPath: `${root}/labels/a.tif` });
    expect(set.skipped.map(({ id }) => id)).toEqual(["images/notes.txt", "labels/c.png"]);
    expect(set.skipped[1]!.reason).toBe("a label map without an image");
    const [width, height, labels] = await both(set.items[1]);
    expect([width, height]).toEqual([3, 1]);
    expect(labels).toEqual({ width: 3, height: 1, data: Uint8Array.of(0, 1, 255) });
    expect(await idsOf(set.items[0])).toEqual([1, 1]);
  });

  it.each(["images/val", "val/images"])("reads the split of %s", async (images) => {
    const labels = images.replace("images", "labels");
    const root = await folderOf({ [`${images}/a.jpg`]: await photo(2), [`${labels}/a.png`]: map(0, 1) });
    const set = await segmentationFolder(root, { split: "val", classes: 2 });
    expect(set).toMatchObject({ name: `${basename(root)}/val`, classes: ["0", "1"] });
    expect(set.items[0]!.id).toBe(`${images}/a.jpg`);
    await expect(segmentationFolder(root, { split: "test", classes: 2 })).rejects.toThrow(
      `segmentationFolder: ${root} has no folder test/images or images/test; its folders are `,
    );
  });

  it("takes other names of folders and label maps, and ids that count from 1", async () => {
    const root = await folderOf({ "photos/a.jpg": await photo(4), "masks/a_mask.png": map(0, 1, 2, 99) });
    const options = { images: "photos", labels: "masks", labelName: (name: string) => `${name}_mask` };
    const { items } = await segmentationFolder(root, { ...options, classes: 2, ignore: 99, reduceZeroLabel: true });
    expect(await idsOf(items[0])).toEqual([99, 0, 1, 99]);
  });

  it("reads ids of 16 bits if that is asked", async () => {
    const wide = rawPng({ width: 2, height: 1, bits: 16, color: 0, rows: [Uint8Array.of(1, 44, 255, 255)] });
    const root = await folderOf({ "images/a.jpg": await photo(2), "labels/a.png": wide });
    await expect(segmentationFolder(root, { classes: 400 })).rejects.toThrow(
      `${root}/labels/a.png: its numbers have 16 bits where ids of 8 bits are expected`,
    );
    const { items } = await segmentationFolder(root, { classes: 400, bits: 16, ignore: 65535 });
    expect(await idsOf(items[0])).toEqual([300, 65535]);
  });

  it("has room for the id of ignored pixels, also where a file has ids of 8 bits", async () => {
    const root = await folderOf({ "images/a.jpg": await photo(3), "labels/a.png": map(0, 1, 255) });
    const options = { classes: 400, bits: 16, ignore: 65535 } as const;
    expect(await idsOf((await segmentationFolder(root, options)).items[0])).toEqual([0, 1, 255]);
    const reduced = await segmentationFolder(root, { ...options, reduceZeroLabel: true });
    expect(await idsOf(reduced.items[0])).toEqual([65535, 0, 254]);
    for (const [ignore, bits, most] of [[300, 8, 255], [-1, 8, 255], [0.5, 8, 255], [65536, 16, 65535]] as const)
      await expect(segmentationFolder(root, { classes: 3, bits, ignore })).rejects.toThrow(
        `segmentationFolder: expected \`ignore\` to be an id of 0 … ${most}, which label maps of ${bits} bits hold, got ${ignore}.`,
      ); // prettier-ignore
  });

  it("takes one label map for two images of one name, and says which of two label maps it leaves", async () => {
    const png = await drawn("blue", 2, 1).png().toBuffer();
    const files = { "images/a.jpg": await photo(2), "images/a.png": png, "labels/a.png": map(0, 1) };
    const { items, skipped } = await segmentationFolder(await folderOf(files), { classes: 2 });
    expect([items.map(({ id }) => id), skipped]).toEqual([["images/a.jpg", "images/a.png"], []]);
    const tiff = await sharp(Uint8Array.of(1, 1), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace("b-w")
      .tiff()
      .toBuffer();
    const two = await segmentationFolder(await folderOf({ ...files, "labels/a.tif": tiff }), { classes: 2 });
    expect(two.skipped).toEqual([{ id: "labels/a.png", reason: "a label map without an image" }]);
    expect(await idsOf(two.items[0])).toEqual([1, 1]);
  });

  it("refuses files that cannot be used, and names them, or leaves them out", async () => {
    const rgb = await drawn("red", 3, 1).png().toBuffer();
    const turned = await sharp(await photo(3, 2))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const files = {
      "images/1-good.jpg": await photo(3),
      "labels/1-good.png": map(0, 1, 2),
      "images/2-missing.jpg": await photo(3),
      "images/3-rgb.jpg": await photo(3),
      "labels/3-rgb.png": rgb,
      "images/4-size.jpg": await photo(5),
      "labels/4-size.png": map(0, 1, 2),
      "images/5-turned.jpg": turned,
      "labels/5-turned.png": rawPng({
        width: 3,
        height: 2,
        bits: 8,
        color: 0,
        rows: [new Uint8Array(3), new Uint8Array(3)],
      }),
      "images/6-empty.jpg": "",
      "labels/6-empty.png": map(0),
      "images/7-cut.jpg": await photo(3),
      "labels/7-cut.png": map(0, 1, 2).subarray(0, 50),
    };
    const root = await folderOf(files);
    const reasons = {
      "images/2-missing.jpg": "there is no label map labels/2-missing.png",
      "images/3-rgb.jpg": `${root}/labels/3-rgb.png: it is an RGB image, not a map of ids; if each class has a colour in it, convert it once by \`labelsOfColors\` and \`writeLabelMap\``,
      "images/4-size.jpg": `${root}/labels/4-size.png: its label map is 3 × 1, but the image is 5 × 1`,
      "images/5-turned.jpg": `${root}/labels/5-turned.png: its label map is 3 × 2, but the image is 2 × 3; is the image turned by its EXIF orientation, and the label map not?`,
      "images/6-empty.jpg": `${root}/images/6-empty.jpg: the file is empty`,
    };
    await expect(segmentationFolder(root, { classes: 3 })).rejects.toThrow(
      `segmentationFolder: 5 of 7 images in ${root} have no label map that can be read (set \`onBadFile: "skip"\` to ` +
        `leave them out):\n${Object.entries(reasons)
          .map(([id, reason]) => `  ${id}: ${reason}`)
          .join("\n")}`,
    );
    const header = await segmentationFolder(root, { classes: 3, onBadFile: "skip" });
    expect(header.items.map(({ id }) => id)).toEqual(["images/1-good.jpg", "images/7-cut.jpg"]);
    expect(Object.fromEntries(header.skipped.map(({ id, reason }) => [id, reason]))).toEqual(reasons);
    await expect(header.items[1]!.load()).rejects.toThrow(`${root}/labels/7-cut.png: it is damaged or cut short (`);
    const decoded = await segmentationFolder(root, { classes: 3, onBadFile: "skip", check: "decode" });
    expect(decoded.items.map(({ id }) => id)).toEqual(["images/1-good.jpg"]);
    const all = await segmentationFolder(root, { classes: 3, check: "none" });
    expect(all.items).toHaveLength(7);
    for (const item of all.items.slice(1)) {
      await expect(item.load()).rejects.toThrow();
      await expect(item.loadLabels()).rejects.toThrow();
    }
  });

  it("refuses a folder without a pair, and options that are not there", async () => {
    const root = await folderOf({ "images/a.jpg": await photo(3), "labels/b.png": map(0, 1, 2) });
    await expect(segmentationFolder(root, { classes: 3, onBadFile: "skip" })).rejects.toThrow(
      `${root} has no image with a label map; 1 cannot be read, the first is images/a.jpg: there is no label map labels/a.png.`,
    );
    await expect(segmentationFolder(root)).rejects.toThrow(
      "give `classes`, their names or how many there are, or list",
    );
    await expect(segmentationFolder(root, { classes: 0 })).rejects.toThrow(
      "`classes` must be a whole number of at least 1",
    );
    await expect(segmentationFolder(`${root}/none`, { classes: 1 })).rejects.toThrow("none does not exist");
    const wrong = { classes: 3, check: "no" as "none" };
    await expect(segmentationFolder(root, wrong)).rejects.toThrow(
      "`check` must be one of header, decode, none, got no",
    );
  });
});

describe("vocSegmentation", () => {
  const files = async (folder: string) => ({
    [`${folder}ImageSets/Segmentation/train.txt`]: "2007_000032\n2007_000039\n",
    [`${folder}JPEGImages/2007_000032.jpg`]: await photo(3),
    [`${folder}JPEGImages/2007_000039.jpg`]: await photo(3),
    [`${folder}JPEGImages/2007_000042.jpg`]: await photo(3),
    [`${folder}SegmentationClass/2007_000032.png`]: map(0, 20, 255),
    [`${folder}SegmentationClass/2007_000039.png`]: map(15, 15, 0),
  });

  it.each(["", "VOC2012/", "VOCdevkit/VOC2012/"])("reads the list of a split, %j", async (folder) => {
    const set = await vocSegmentation(await folderOf(await files(folder)), { split: "train" });
    expect([set.name, set.classes.length, set.classes[15], set.ignore]).toEqual(["VOC/train", 21, "person", 255]);
    expect(set.classes.slice(1)).toEqual([...set.classes.slice(1)].sort()); // as the development kit has them
    expect(set.items.map(({ id }) => id)).toEqual(["JPEGImages/2007_000032.jpg", "JPEGImages/2007_000039.jpg"]);
    expect(await idsOf(set.items[0])).toEqual([0, 20, 255]);
  });

  it("names the line of an image without a label map, and a list that is not there", async () => {
    const all = await files("");
    const root = await folderOf({ ...all, "ImageSets/Segmentation/val.txt": "2007_000032\n2007_000042\n" });
    await expect(vocSegmentation(root, { split: "val" })).rejects.toThrow(
      `JPEGImages/2007_000042.jpg: there is no label map SegmentationClass/2007_000042.png ` +
        `(${root}/ImageSets/Segmentation/val.txt, line 2)`,
    );
    await expect(vocSegmentation(root, { split: "test" })).rejects.toThrow(
      `vocSegmentation: there is no ImageSets/Segmentation/test.txt in ${root} or`,
    );
  });
});

describe("cityscapes", () => {
  const name = "aachen/aachen_000000_000019";
  const files = async (labels: Record<string, Buffer>) => ({
    [`leftImg8bit/val/${name}_leftImg8bit.png`]: await drawn("red", 6, 1).png().toBuffer(),
    ...Object.fromEntries(Object.entries(labels).map(([kind, png]) => [`gtFine/val/${name}_gtFine_${kind}.png`, png])),
    "leftImg8bit/val/zurich/notes.txt": "",
  });

  it("reads the ids that are trained", async () => {
    const set = await cityscapes(
      await folderOf(await files({ labelTrainIds: map(0, 18, 255, 3, 4, 5), labelIds: map(7, 33, 0, 1, 2, 3) })),
      { split: "val" },
    );
    expect([set.classes.length, set.classes[0], set.classes[18], set.ignore]).toEqual([19, "road", "bicycle", 255]);
    expect(set.items[0]!.id).toBe(`leftImg8bit/val/${name}_leftImg8bit.png`);
    expect(await idsOf(set.items[0])).toEqual([0, 18, 255, 3, 4, 5]);
  });

  it("makes them of the published ids where the scripts have not been run", async () => {
    const ids = Array.from({ length: 34 }, (_, id) => id);
    const image = await drawn("red", 34, 1).png().toBuffer();
    const every = { ...(await files({ labelIds: map(...ids) })), [`leftImg8bit/val/${name}_leftImg8bit.png`]: image };
    const set = await cityscapes(await folderOf(every), { split: "val" });
    const published = await idsOf(set.items[0]);
    // labels.py of cityscapesScripts: name, id and trainId of each class
    const trained = "road 7, sidewalk 8, building 11, wall 12, fence 13, pole 17, traffic light 19, traffic sign 20, vegetation 21, terrain 22, sky 23, person 24, rider 25, car 26, truck 27, bus 28, train 31, motorcycle 32, bicycle 33"; // prettier-ignore
    expect(set.classes.map((name, id) => `${name} ${published.indexOf(id)}`).join(", ")).toBe(trained);
    expect(published.filter((id) => id === 255)).toHaveLength(34 - 19);
    const some = await cityscapes(await folderOf(await files({ labelIds: map(7, 33, 0, 29, 255, 26) })), {
      split: "val",
    });
    expect(await idsOf(some.items[0])).toEqual([0, 18, 255, 255, 255, 13]);
    const strange = await cityscapes(await folderOf(await files({ labelIds: map(7, 34, 0, 0, 0, 0) })), {
      split: "val",
    });
    expect(await idsOf(strange.items[0])).toEqual([0, 34, 255, 255, 255, 255]); // to be noticed as no class
  });

  it("names the label map that is missing", async () => {
    const root = await folderOf(await files({ instanceIds: map(0, 0, 0, 0, 0, 0) }));
    await expect(cityscapes(root, { split: "val", labels: "labelTrainIds" })).rejects.toThrow(
      `there is no label map gtFine/val/${name}_gtFine_labelTrainIds.png`,
    );
    await expect(cityscapes(root, { split: "train" })).rejects.toThrow("leftImg8bit/train does not exist");
    await expect(cityscapes(root, { split: "test" as "val" })).rejects.toThrow("`split` must be one of train, val");
  });
});

describe("ade20k", () => {
  const list =
    "Idx\tRatio\tTrain\tVal\tStuff\tName\n1\t0.1576\t11664\t1172\t1\twall\n2\t0.1072\t6046\t612\t1\tbuilding, edifice\n";
  const files = async (folder: string) => ({
    [`${folder}objectInfo150.txt`]: list,
    [`${folder}images/training/ADE_train_00000001.jpg`]: await photo(4),
    [`${folder}annotations/training/ADE_train_00000001.png`]: map(0, 1, 2, 150),
  });

  it.each(["", "ADEChallengeData2016/"])("ignores 0 and takes 1 off the others (%j)", async (folder) => {
    const set = await ade20k(await folderOf(await files(folder)), { split: "training" });
    expect(set).toMatchObject({ name: "ADE20K/training", classes: ["wall", "building"], ignore: 255 });
    expect(await idsOf(set.items[0])).toEqual([255, 0, 1, 149]);
    expect((await set.items[0]!.load()).labels.data).toEqual(Uint8Array.of(255, 0, 1, 149));
  });

  it("names the line of a list that it cannot read, and what is missing", async () => {
    const all = await files("");
    const root = await folderOf({ ...all, "objectInfo150.txt": list.replace("2\t0.10", "3\t0.10") });
    await expect(ade20k(root, { split: "training" })).rejects.toThrow(
      `${root}/objectInfo150.txt, line 3: expected \`2\``,
    );
    const other = await folderOf({ ...all, "images/training/b.jpg": await photo(1) });
    await expect(ade20k(other, { split: "training" })).rejects.toThrow(
      "there is no label map annotations/training/b.png",
    );
    await expect(ade20k(other, { split: "validation" })).rejects.toThrow("images/validation does not exist");
    await expect(ade20k(`${other}/images`, { split: "training" })).rejects.toThrow("there is no objectInfo150.txt in");
  });
});
