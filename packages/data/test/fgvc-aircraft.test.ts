import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { labelsOf } from "../src/index.js";
import { fgvcAircraft, type FgvcAircraftOptions } from "../src/node/index.js";
import { colorsOf, folderOf, framed } from "./test-images.js";

const QUIET = { split: "train", minPerClass: 0 } as const;
const VARIANTS = ["707-320", "737-200", "F-16A/B"];
const SPLITS = {
  train: { "0034309": "737-200", "0034958": "F-16A/B" },
  val: { "0037511": "707-320" },
  test: { "0037512": "707-320", "0038598": "737-200" },
};
const FAMILY: Record<string, string> = { "707-320": "Boeing 707", "737-200": "Boeing 737", "F-16A/B": "F-16" };
const MAKER: Record<string, string> = { "707-320": "Boeing", "737-200": "Boeing", "F-16A/B": "Lockheed Martin" };
const ALL = Object.assign({}, ...Object.values(SPLITS)) as Record<string, string>;

let jpeg: Buffer;
beforeAll(async () => {
  vi.spyOn(process, "emitWarning").mockImplementation(() => {}); // of classes with a single image
  jpeg = await framed("#0000ff", "#ff0000", [0, 28, 48, 20], [48, 48]); // a red banner of 20 rows
});

const list = (images: Record<string, string>, name = (variant: string) => variant, end = "\n") =>
  Object.entries(images).map(([image, variant]) => `${image} ${name(variant)}${end}`).join(""); // prettier-ignore

const archive = (): Record<string, string | Uint8Array> => ({
  ...Object.fromEntries(Object.keys(ALL).map((image) => [`data/images/${image}.jpg`, jpeg])),
  ...Object.fromEntries(
    Object.entries({ ...SPLITS, trainval: { ...SPLITS.train, ...SPLITS.val } }).flatMap(([split, images]) => [
      [`data/images_variant_${split}.txt`, list(images, undefined, "\r\n") + "\r\n"],
      [`data/images_family_${split}.txt`, list(images, (variant) => FAMILY[variant]!)],
      [`data/images_manufacturer_${split}.txt`, list(images, (variant) => MAKER[variant]!)],
    ]),
  ),
  "data/variants.txt": VARIANTS.join("\n"),
  "data/families.txt": "Boeing 707\nBoeing 737\nF-16\n",
  "data/manufacturers.txt": "Boeing\nLockheed Martin\n",
  "data/images_box.txt": Object.keys(ALL).map((image) => `${image} 9 5 24 40\n`).join(""), // prettier-ignore
});
const read = async (files: Record<string, string | Uint8Array>, options: FgvcAircraftOptions = QUIET) =>
  fgvcAircraft(await folderOf(files), options);

describe("fgvcAircraft", () => {
  it.each([
    ["variant" as const, VARIANTS, [1, 2]],
    ["family" as const, ["Boeing 707", "Boeing 737", "F-16"], [1, 2]],
    ["manufacturer" as const, ["Boeing", "Lockheed Martin"], [0, 1]],
  ])("labels by %s, in the order of the list of names", async (level, classes, labels) => {
    const set = await read(archive(), { ...QUIET, level });
    expect(set.name).toBe(`FGVC-Aircraft ${level}/train`);
    expect(set.classes).toEqual(classes);
    expect([...labelsOf(set)]).toEqual(labels);
    expect(set.items.map(({ id }) => id)).toEqual(["images/0034309.jpg", "images/0034958.jpg"]);
    expect(set.items[0]!.box).toEqual({ left: 8, top: 4, width: 16, height: 36 });
  });

  it("has no image in two splits; trainval is train and val", async () => {
    const root = await folderOf(archive());
    const ids = async (split: FgvcAircraftOptions["split"]) =>
      (await fgvcAircraft(root, { ...QUIET, split })).items.map(({ id }) => id);
    const [train, val, both, test] = await Promise.all([ids("train"), ids("val"), ids("trainval"), ids("test")]);
    expect(both).toEqual([...train, ...val]);
    expect(new Set([...both, ...test]).size).toBe(both.length + test.length);
  });

  it("cuts the banner off, also of a box that reaches into it, unless told not to", async () => {
    const first = async (options: Partial<FgvcAircraftOptions>) => {
      const { width, height, ...rest } = await (await read(archive(), { ...QUIET, ...options })).items[0]!.load();
      return [width, height, colorsOf({ width, height, ...rest })];
    };
    expect(await first({})).toEqual([48, 28, ["00f"]]);
    expect(await first({ cropBanner: false })).toEqual([48, 48, ["00f", "f00"]]);
    expect(await first({ cropToBox: true })).toEqual([16, 24, ["00f"]]); // rows 4 … 27
    expect(await first({ cropToBox: true, cropBanner: false })).toEqual([16, 36, ["00f", "f00"]]);
    expect(await first({ size: 7 })).toEqual([7, 7, ["00f"]]);
  });

  it("says that an image is nothing but banner", async () => {
    const low = await framed("#000000", "#ffffff", [0, 0, 8, 8], [48, 20]);
    const files = { ...archive(), "data/images/0034309.jpg": low };
    await expect(read(files, { ...QUIET, check: "decode" })).rejects.toThrow(
      /0034309.jpg: its part 48 × 0 at \(0, 0\) lies outside its 48 × 20 pixels/,
    );
  });

  it("takes the folder, the one above it, or its data; boxes may be missing unless they are needed", async () => {
    const { "data/images_box.txt": _, ...files } = archive();
    const root = await folderOf(files);
    expect((await fgvcAircraft(join(root, "data"), QUIET)).items[0]).not.toHaveProperty("box");
    await expect(fgvcAircraft(root, { ...QUIET, cropToBox: true })).rejects.toThrow(
      /there is no list .*images_box.txt/,
    );
    const above = Object.fromEntries(
      Object.entries(files).map(([path, file]) => [`fgvc-aircraft-2013b/${path}`, file]),
    );
    expect((await read(above)).items[0]!.id).toBe("images/0034309.jpg");
    await expect(fgvcAircraft(join(root, "x"), QUIET)).rejects.toThrow(
      /^fgvcAircraft: there is no variants.txt in .*x\/data or .*x\/fgvc-aircraft-2013b\/data or .*x\.$/,
    );
  });

  it.each([
    ["images_variant_train.txt", undefined, /^fgvcAircraft: there is no list .*images_variant_train.txt\.$/],
    ["images_variant_train.txt", "0034309\n", /train.txt, line 1: expected `<image> <variant>`, got `0034309`/],
    ["images_variant_train.txt", "\n0034309 A380\n", /train.txt, line 2: `A380` is not in .*variants.txt/],
    ["images_variant_train.txt", "1 737-200\n", /train.txt, line 1: image 1 is not in .*images_box.txt/],
    ["images_variant_train.txt", list(SPLITS.train).repeat(2), /line 3: 0034309 is already in .*line 1/],
    ["images_box.txt", "0034309 1 2 3\n", /box.txt, line 1: expected `<image> <xmin> .*`, got `0034309 1 2 3`/],
    ["images_box.txt", "0034309 5 5 4 9\n", /box.txt, line 1: expected/],
    ["variants.txt", "A\nB\nA\n", /variants.txt, line 3: `A` is already in .*line 1/],
    ["images/0034958.jpg", undefined, /1 of 2 files .*\n.*0034958.jpg: there is no such file/],
  ])("refuses what does not fit: %s, %j", async (name, content, message) => {
    const { [`data/${name}`]: _, ...others } = archive();
    const files = content === undefined ? others : { ...others, [`data/${name}`]: content };
    await expect(read(files)).rejects.toThrow(message);
  });

  it("says which splits and levels there are", async () => {
    await expect(read(archive(), { split: "dev" as "val" })).rejects.toThrow(
      "fgvcAircraft: `split` must be one of train, val, trainval, test, got dev.",
    );
    await expect(read(archive(), { ...QUIET, level: "model" as "family" })).rejects.toThrow(
      "fgvcAircraft: `level` must be one of variant, family, manufacturer, got model.",
    );
  });
});
