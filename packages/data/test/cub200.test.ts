import { join } from "node:path";
import { rm, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { byteCache, labelsOf, readCaptions } from "../src/index.js";
import { cub200, type Cub200Options, type CubItem } from "../src/node/index.js";
import { colorsOf, folderOf, framed } from "./test-images.js";

const A = "001.Black_footed_Albatross";
const B = "002.Laysan_Albatross";
const PATHS = [`${A}/Black_1.jpg`, `${A}/Black_2.jpg`, `${B}/Laysan_1.jpg`, `${B}/Laysan_2.jpg`, `${B}/Laysan_3.jpg`];
const numbered = (lines: readonly string[]) => lines.map((line, i) => `${i + 1} ${line}\n`).join("");

let jpeg: Buffer;
beforeAll(async () => {
  vi.spyOn(process, "emitWarning").mockImplementation(() => {}); // of classes with a single image
  jpeg = await framed("#0000ff", "#ff0000", [16, 8, 24, 16]);
});

/** The archive in small. Lines end as on Windows in one list, and blank ones follow another. */
const archive = (): Record<string, Uint8Array | string> => ({
  ...Object.fromEntries(PATHS.map((path) => [`CUB_200_2011/images/${path}`, jpeg])),
  [`CUB_200_2011/images/${A}/unlisted_rgb.jpg`]: jpeg,
  "CUB_200_2011/images.txt": numbered(PATHS),
  "CUB_200_2011/classes.txt": `1 ${A}\r\n2 ${B}\r\n`,
  "CUB_200_2011/image_class_labels.txt": numbered(["1", "1", "2", "2", "2"]) + "\n\n",
  "CUB_200_2011/train_test_split.txt": numbered(["1", "0", "0", "1", "1"]),
  "CUB_200_2011/bounding_boxes.txt": numbered(PATHS.map((_, i) => `${16 + i / 2}.0 8.0 24.0 16.0`)).replaceAll(
    ".5.0",
    ".5",
  ),
});
const texts = (): Record<string, string> => ({
  "attributes.txt": "1 has_bill_shape::dagger\n2 has_size::small_(5_-_9_in)\n3 has_eye_color::red\n",
  "CUB_200_2011/attributes/image_attribute_labels.txt":
    "1 1 1 4 12.5\n1 2 0 3 12.5\n1 3 0 1 3\n2 1 0 2 9\n4 1 0 0 0 2 5.1\n4 2 1 4 7.7\n",
  [`text_c10/${A}/Black_1.txt`]: "this bird is black.\r\nthe bill is curved.\r\n\r\n",
});
const QUIET = { split: "train", minPerClass: 0 } as const;
const read = async (files: Record<string, Uint8Array | string>, options: Cub200Options = QUIET) =>
  cub200(await folderOf(files), options);
const without = (path: string) => Object.fromEntries(Object.entries(archive()).filter(([key]) => key !== path));

describe("cub200", () => {
  it("gives each split its images with labels from 0, names without numbers, and boxes", async () => {
    const train = await read(archive());
    expect(train.name).toBe("CUB-200-2011/train");
    expect(train.classes).toEqual(["Black footed Albatross", "Laysan Albatross"]);
    expect(train.items.map(({ id }) => id)).toEqual([0, 3, 4].map((i) => `images/${PATHS[i]}`));
    expect([...labelsOf(train)]).toEqual([0, 1, 1]);
    expect(train.items.map(({ box }) => box)).toEqual(
      [16, 17.5, 18].map((left) => ({ left, top: 8, width: 24, height: 16 })),
    );
    expect(train.skipped).toEqual([]);
    expect(train.attributeNames).toEqual([]);
    expect([train.items[0]!.attributes, train.items[0]!.captions]).toEqual([undefined, undefined]);
  });

  it("has no image in both splits, and every listed one in some", async () => {
    const root = await folderOf(archive());
    const sets = await Promise.all((["train", "test"] as const).map((split) => cub200(root, { ...QUIET, split })));
    const ids = sets.flatMap(({ items }) => items.map(({ id }) => id));
    expect(ids.sort()).toEqual(PATHS.map((path) => `images/${path}`).sort());
    expect(sets[0]!.classes).toEqual(sets[1]!.classes);
  });

  it("takes the folder itself or the one above it", async () => {
    const root = await folderOf(archive());
    const [above, itself] = [await cub200(root, QUIET), await cub200(join(root, "CUB_200_2011"), QUIET)];
    expect(itself.items.map(({ id }) => id)).toEqual(above.items.map(({ id }) => id));
    await expect(cub200(join(root, "elsewhere"), QUIET)).rejects.toThrow(
      /^cub200: there is no images.txt in .*elsewhere or .*elsewhere\/CUB_200_2011\.$/,
    );
  });

  it("crops to the box before it resizes, and keeps images in a cache", async () => {
    const cache = byteCache(1e6);
    const whole = (await read(archive(), { ...QUIET, cache })).items[0]!;
    expect(colorsOf(await whole.load())).toEqual(["00f", "f00"]);
    await whole.load();
    expect([cache.hits, cache.misses]).toEqual([1, 1]);
    const { items } = await read(archive(), { ...QUIET, cropToBox: true });
    const [exact, half] = await Promise.all(items.slice(0, 2).map((item) => item.load()));
    expect([exact!.width, exact!.height, colorsOf(exact!)]).toEqual([24, 16, ["f00"]]);
    expect([half!.width, half!.height]).toEqual([25, 16]); // 17.5 … 41.5 in whole pixels
    const sized = await read(archive(), { ...QUIET, cropToBox: true, size: 8 });
    expect(colorsOf(await sized.items[0]!.load())).toEqual(["f00"]);
    await expect(read(without("CUB_200_2011/bounding_boxes.txt"), { ...QUIET, cropToBox: true })).rejects.toThrow(
      /there is no list .*bounding_boxes.txt/,
    );
    expect((await read(without("CUB_200_2011/bounding_boxes.txt"))).items[0]).not.toHaveProperty("box");
  });

  it("reads attributes when asked for, with zeros too many in a line, and nothing where nothing was said", async () => {
    const set = await read({ ...archive(), ...texts() });
    expect(set.attributeNames).toEqual(["has_bill_shape::dagger", "has_size::small_(5_-_9_in)", "has_eye_color::red"]);
    const said = await Promise.all(set.items.map((item) => item.attributes!()));
    expect(said.map(({ present }) => [...present])).toEqual([[1, 0, 0], [0, 1, 0], [0, 0, 0]]); // prettier-ignore
    expect(said.map(({ certainty }) => [...certainty])).toEqual([[4, 3, 1], [2, 4, 0], [0, 0, 0]]); // prettier-ignore
  });

  it("reads a list of attributes that is longer than a piece of a file and does not end its last line", async () => {
    const others = Array.from({ length: 30_000 }, (_, i) => `2 1 1 4 ${i}\n`).join(""); // of the test split
    const list = { "CUB_200_2011/attributes/image_attribute_labels.txt": `1 1 1 4 1\n${others}5 3 1 2 1.5` };
    const { items } = await read({ ...archive(), ...texts(), ...list });
    const said = await Promise.all(items.map((item) => item.attributes!()));
    expect(said.map(({ present, certainty }) => [...present, ...certainty])).toEqual([
      [1, 0, 0, 4, 0, 0],
      [0, 0, 0, 0, 0, 0],
      [0, 0, 1, 0, 0, 2],
    ]);
  });

  it("finds attributes.txt where the README of the archive puts it, too", async () => {
    const { "attributes.txt": names, ...others } = { ...archive(), ...texts() };
    const set = await read({ ...others, "CUB_200_2011/attributes/attributes.txt": names! });
    expect(set.attributeNames).toHaveLength(3);
    await expect((await read(others)).items[0]!.attributes!()).rejects.toThrow(
      /^cub200: the attributes need attributes.txt; it is not in .*CUB_200_2011\/attributes\/attributes.txt or /,
    );
  });

  it.each([
    ["1 1 2 4 12\n", /labels.txt, line 3: expected `<image number> .*`, got `1 1 2 4 12`/],
    ["1 1 1 4\n", /line 3: expected .* got `1 1 1 4`/],
    ["1 9 1 4 12\n", /line 3: attribute 9 is not in .*attributes.txt/],
  ])("names the line of attributes that it cannot read: %j", async (line, message) => {
    const list = `1 1 1 4 12.5\n\n${line}`;
    const set = await read({ ...archive(), ...texts(), "CUB_200_2011/attributes/image_attribute_labels.txt": list });
    await expect(set.items[0]!.attributes!()).rejects.toThrow(message);
  });

  it("reads captions when asked for, from where they lie or where it is told", async () => {
    const sentences = ["this bird is black.", "the bill is curved."];
    const captions = (item: CubItem) => item.captions!();
    const { items } = await read({ ...archive(), ...texts() });
    expect(await captions(items[0]!)).toEqual(sentences);
    await expect(captions(items[1]!)).rejects.toThrow(/^cub200: there are no captions .*Laysan_2.txt\.$/);
    const elsewhere = await folderOf({ [`c/${A}/Black_1.txt`]: "one\n" });
    const told = await read(archive(), { ...QUIET, captions: join(elsewhere, "c") });
    expect(await captions(told.items[0]!)).toEqual(["one"]);
    await expect(read(archive(), { ...QUIET, captions: join(elsewhere, "d") })).rejects.toThrow(/d does not exist/);
    const reed = { [`CUB_200_2011/cvpr2016_cub/text_c10/${A}/Black_1.txt`]: "two\n" };
    expect(await captions((await read({ ...archive(), ...reed })).items[0]!)).toEqual(["two"]);
  });

  it("takes lines of any system, a mark before UTF-8 and an empty file, and tells before training who has no text", async () => {
    const at = (path: string) => `text_c10/${path.replace(".jpg", ".txt")}`;
    const root = await folderOf({
      ...archive(),
      [at(PATHS[0]!)]: "\uFEFFthis bird is black.\r\n\r\n  its bill is \uFFFD\uFFFD curved 🐦 \r\n",
      [at(PATHS[1]!)]: "one\rtwo\n\nthree",
      [at(PATHS[3]!)]: "\r\n",
      [`text_c10/${A}.t7`]: "of Torch", // the archive has these beside the folders
    });
    const [train, test] = await Promise.all(
      (["train", "test"] as const).map((split) => cub200(root, { ...QUIET, split })),
    );
    expect(await train!.items[0]!.captions!()).toEqual(["this bird is black.", "its bill is \uFFFD\uFFFD curved 🐦"]);
    expect(await test!.items[0]!.captions!()).toEqual(["one", "two", "three"]);
    expect(await train!.items[1]!.captions!()).toEqual([]);
    const { items, withoutText } = await readCaptions(train!, { missingText: "skip" });
    expect(items.map(({ id, box }) => [id, box?.left])).toEqual([[`images/${PATHS[0]}`, 16]]);
    expect(withoutText).toEqual([
      { id: `images/${PATHS[3]}`, reason: "it has no sentence" },
      { id: `images/${PATHS[4]}`, reason: expect.stringMatching(/^cub200: there are no captions .*Laysan_3.txt\.$/) },
    ]);
  });

  it("says why a text cannot be read where it is there", async () => {
    const folder = { ...archive(), [`text_c10/${A}/Black_1.txt/x`]: "a folder in place of the file" };
    await expect((await read(folder)).items[0]!.captions!()).rejects.toThrow(/^cub200: EISDIR/);
  });

  it.each([
    ["image_class_labels.txt", undefined, /^cub200: there is no list .*image_class_labels.txt\.$/],
    ["images.txt", "1\n", /images.txt, line 1: expected `<image number> <path>`, got `1`/],
    ["images.txt", `1 ${PATHS[0]}\n\n2 ${PATHS[0]}\n`, /line 3: `.*Black_1.jpg` is already in .*line 1/],
    ["images.txt", numbered([...PATHS, "x/y.jpg"]), /images.txt, line 6: image 6 is not in .*image_class_labels.txt/],
    ["image_class_labels.txt", "1 one\n", /labels.txt, line 1: expected `<image number> <class number>`, got `1 one`/],
    ["image_class_labels.txt", "1 1\n2 3\n", /labels.txt, line 2: class 3 is not in .*classes.txt/],
    ["image_class_labels.txt", "1 1\r\n\r\n1 2\r\n", /labels.txt, line 3: 1 is already in .*labels.txt, line 1/],
    ["train_test_split.txt", "1 2\n", /split.txt, line 1: expected `<image number> <1 for .*>`, got `1 2`/],
    ["train_test_split.txt", "1 1\n", /images.txt, line 2: image 2 is not in .*train_test_split.txt/],
    [
      "classes.txt",
      `1 ${A}\n2 003.Black_footed_Albatross\n`,
      /line 2: `Black footed Albatross` is already in .*line 1/,
    ],
    ["bounding_boxes.txt", "1 3 4 5\n", /boxes.txt, line 1: expected `.*<width> <height>`, got `1 3 4 5`/],
    ["bounding_boxes.txt", "1 3 4 0 5\n", /boxes.txt, line 1: expected/],
  ])("refuses lists that do not fit: %s, %j", async (list, content, message) => {
    const path = `CUB_200_2011/${list}`;
    const files = content === undefined ? without(path) : { ...archive(), [path]: content };
    await expect(read(files)).rejects.toThrow(message);
  });

  it("refuses a missing image or leaves it out, and a split that there is not", async () => {
    const root = await folderOf(archive());
    const gone = join(root, "CUB_200_2011/images", PATHS[3]!);
    await rm(gone);
    await expect(cub200(root, QUIET)).rejects.toThrow(
      /^cub200: 1 of 3 files .*\n.*Laysan_2.jpg: there is no such file/,
    );
    const left = await cub200(root, { ...QUIET, onBadFile: "skip" });
    expect(left.skipped).toEqual([{ id: `images/${PATHS[3]}`, reason: "there is no such file" }]);
    expect([...labelsOf(left)]).toEqual([0, 1]);
    await writeFile(gone, jpeg.subarray(0, jpeg.length * 0.6));
    await expect(cub200(root, { ...QUIET, check: "decode" })).rejects.toThrow(/Laysan_2.jpg: cannot be decoded/);
    await expect(cub200(root, { split: "val" as "test" })).rejects.toThrow(
      "cub200: `split` must be one of train, test, got val.",
    );
  });
});
