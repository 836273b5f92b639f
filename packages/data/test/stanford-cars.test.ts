import { beforeAll, describe, expect, it, vi } from "vitest";
import { labelsOf } from "../src/index.js";
import { stanfordCars } from "../src/node/index.js";
import { colorsOf, folderOf, framed } from "./test-images.js";

const VAN = "Ram C/V Cargo Van Minivan 2012";
const CLASSES = ["AM General Hummer SUV 2000", VAN, "smart fortwo Convertible 2012"];
/** The red rectangle at (16, 8) of 24 × 16, with corners counted from 1. */
const BOX = "17,9,40,24";
const QUIET = { split: "train", minPerClass: 0 } as const;

let jpeg: Buffer;
beforeAll(async () => {
  vi.spyOn(process, "emitWarning").mockImplementation(() => {}); // of classes with a single image
  jpeg = await framed("#0000ff", "#ff0000", [16, 8, 24, 16]);
});

const lists = () => ({
  "names.csv": CLASSES.join("\r\n") + "\r\n\r\n",
  "anno_train.csv": `00001.jpg,${BOX},3\n00002.jpg,${BOX},2\n\n`,
  "anno_test.csv": `00001.jpg,${BOX},1\n00003.jpg,30,20,60,50,3\n`,
});
const images = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, jpeg]));
const byClass = (folder: string) =>
  images(
    `${folder}train/${CLASSES[2]}/00001.jpg`,
    `${folder}train/Ram C-V Cargo Van Minivan 2012/00002.jpg`,
    `${folder}test/${CLASSES[0]}/00001.jpg`,
    `${folder}test/${CLASSES[2]}/00003.jpg`,
  );
const flat = (nested = false) =>
  images(
    ...["train/00001", "train/00002", "test/00001", "test/00003"].map((path) => {
      const [split, file] = path.split("/");
      return `cars_${split}/${nested ? `cars_${split}/` : ""}${file}.jpg`;
    }),
  );

describe("stanfordCars", () => {
  it.each([
    ["car_data/car_data/SPLIT/CLASS", "car_data/car_data/"],
    ["car_data/SPLIT/CLASS", "car_data/"],
    ["SPLIT/CLASS", ""],
  ])("reads %s", async (_, folder) => {
    const set = await stanfordCars(await folderOf({ ...lists(), ...byClass(folder) }), QUIET);
    expect(set.name).toBe("Stanford Cars/train");
    expect(set.classes).toEqual(CLASSES);
    expect(set.items.map(({ id }) => id)).toEqual([
      `${folder}train/${CLASSES[2]}/00001.jpg`,
      `${folder}train/Ram C-V Cargo Van Minivan 2012/00002.jpg`,
    ]);
    expect([...labelsOf(set)]).toEqual([2, 1]);
    expect(set.items[0]!.box).toEqual({ left: 16, top: 8, width: 24, height: 16 });
  });

  it.each([["cars_SPLIT", false] as const, ["cars_SPLIT/cars_SPLIT", true] as const])("reads %s", async (_, nested) => {
    const set = await stanfordCars(await folderOf({ ...lists(), ...flat(nested) }), { ...QUIET, split: "test" });
    expect([...labelsOf(set)]).toEqual([0, 2]);
    expect(set.items[1]!.id).toBe(nested ? "cars_test/cars_test/00003.jpg" : "cars_test/00003.jpg");
  });

  it("has no image in both splits, though file names repeat", async () => {
    const root = await folderOf({ ...lists(), ...flat() });
    const train = await stanfordCars(root, QUIET);
    const test = await stanfordCars(root, { ...QUIET, split: "test" });
    expect(new Set([...train.items, ...test.items].map(({ id }) => id)).size).toBe(4);
  });

  it("crops to the box, of which a part may lie outside", async () => {
    const root = await folderOf({ ...lists(), ...flat() });
    const box = async (split: "train" | "test", i: number) =>
      (await stanfordCars(root, { ...QUIET, split, cropToBox: true })).items[i]!.load();
    const inside = await box("train", 0);
    expect([inside.width, inside.height, colorsOf(inside)]).toEqual([24, 16, ["f00"]]);
    expect(await box("test", 1)).toMatchObject({ width: 48 - 29, height: 40 - 19 });
  });

  it.each([
    ["names.csv", undefined, /^stanfordCars: there is no list .*names.csv\.$/],
    ["names.csv", `${VAN}\n${VAN}\n`, /names.csv, line 2: `Ram .*` is already in .*line 1/],
    ["anno_train.csv", undefined, /there is no list .*anno_train.csv/],
    ["anno_train.csv", "fname,x1,y1,x2,y2,class\n", /line 1: expected `<file>,.*<class from 1>`, got `fname,x1,.*`/],
    ["anno_train.csv", `\n00001.jpg,${BOX}\n`, /line 2: expected .* got `00001.jpg,17,9,40,24`/],
    ["anno_train.csv", `00001.jpg,${BOX},0\n`, /line 1: expected/],
    ["anno_train.csv", "00001.jpg,9,9,8,20,1\n", /line 1: expected/],
    ["anno_train.csv", `00001.jpg,${BOX},4\n`, /line 1: class 4 is not one of the 3 of .*names.csv/],
    ["anno_train.csv", `a.jpg,${BOX},1\na.jpg,${BOX},2\n`, /line 2: `a.jpg` is already in .*line 1/],
    ["anno_train.csv", `00009.jpg,${BOX},1\n`, /1 of 1 files .*\n.*00009.jpg: there is no such file/],
  ])("refuses lists that do not fit: %s, %j", async (list, content, message) => {
    const { [list]: _, ...others } = { ...lists(), ...flat() } as Record<string, string | Uint8Array>;
    const files = content === undefined ? others : { ...others, [list]: content };
    await expect(folderOf(files).then((root) => stanfordCars(root, QUIET))).rejects.toThrow(message);
  });

  it("says where it looked for images, and which splits there are", async () => {
    const root = await folderOf(lists());
    await expect(stanfordCars(root, QUIET)).rejects.toThrow(
      /there are no images in .*car_data\/car_data\/train or .*cars_train\.$/,
    );
    await expect(stanfordCars(root, { split: "val" as "test" })).rejects.toThrow(/`split` must be one of train, test/);
  });
});
