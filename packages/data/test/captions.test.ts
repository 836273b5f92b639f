import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { readCaptions, type Captioned, type ImageItem, type ImageSet } from "../src/index.js";
import { captionFolder, imageFolder } from "../src/node/index.js";
import { drawn, folderOf, item, plain } from "./test-images.js";

type Item = ImageItem & Partial<Captioned>;

const pixels = plain(2, 2, [0, 0, 0]);
const told = (id: string, captions?: Captioned["captions"]): Item => ({
  ...item(id, pixels),
  ...(captions && { captions }),
});
const setOf = (...items: Item[]): ImageSet<Item> => ({
  name: "birds",
  classes: ["a"],
  items,
  skipped: [{ id: "x.txt", reason: "no image" }],
});
const gone = () => Promise.reject(new Error("there are no captions c.txt."));
const mixed = () =>
  setOf(
    told("a", async () => ["a red bird.", "  ", "it sings."]),
    told("b", async () => []),
    told("c", gone),
    told("d"),
    told("e", async () => [" ", ""]),
  );

describe("readCaptions", () => {
  it("refuses a set with images without text, and names them with the reason", async () => {
    await expect(readCaptions(mixed())).rejects.toThrow(
      'readCaptions: 4 of 5 images of birds have no text; set `missingText` to "skip" to leave them out, or to ' +
        '"empty" to keep them without sentences:\n  b: it has no sentence\n  c: there are no captions c.txt.\n' +
        "  d: its set has no texts\n  e: it has no sentence",
    );
    const many = setOf(...Array.from({ length: 7 }, (_, i) => told(`image ${i}`)));
    await expect(readCaptions(many)).rejects.toThrow(/image 4: its set has no texts\n {2}and 2 more$/);
  });

  it("keeps them without sentences, or leaves them out, and says which", async () => {
    const without = ["b", "c", "d", "e"];
    const kept = await readCaptions(mixed(), { missingText: "empty" });
    expect(kept.items.map(({ id }) => id)).toEqual(["a", ...without]);
    expect(await Promise.all(kept.items.map((one) => one.captions()))).toEqual([
      ["a red bird.", "it sings."],
      [],
      [],
      [],
      [],
    ]);
    expect(kept.withoutText.map(({ id }) => id)).toEqual(without);
    expect(kept.skipped.map(({ id }) => id)).toEqual(["x.txt"]);
    const left = await readCaptions(mixed(), { missingText: "skip" });
    expect(left.items.map(({ id }) => id)).toEqual(["a"]);
    expect(left.withoutText).toEqual(kept.withoutText);
    expect(left.skipped.map(({ id }) => id)).toEqual(["x.txt", ...without]);
  });

  it("reads each text once, at most `concurrency` at once, keeps their order, and needs no file afterwards", async () => {
    let [reads, now, most] = [0, 0, 0];
    const read = (i: number) => async () => {
      reads++;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, (i * 7) % 4));
      now--;
      return [`sentence ${i}`];
    };
    const set = setOf(...Array.from({ length: 20 }, (_, i) => told(`${i}`, read(i))));
    const { items } = await readCaptions(set, { concurrency: 3 });
    expect([reads, most]).toEqual([20, 3]);
    const all = await Promise.all(items.map((one) => one.captions()));
    expect(all).toEqual(items.map((_, i) => [`sentence ${i}`]));
    expect(reads).toBe(20);
    expect(await items[3]!.load()).toBe(pixels);
  });

  it("does not touch what people write", async () => {
    const texts = ["🐦‍⬛ with a 👑", "طائر صغير أحمر", " two  blanks ", "word ".repeat(10_000)];
    const { items } = await readCaptions(setOf(told("a", async () => texts)));
    expect(await items[0]!.captions()).toEqual(texts);
  });

  it("reads texts of items with methods", async () => {
    const item = {
      ...told("a"),
      texts: ["one"],
      captions: async function (this: { texts: string[] }) {
        return this.texts;
      },
    };
    expect(await (await readCaptions(setOf(item as Item))).items[0]!.captions()).toEqual(["one"]);
  });

  it("refuses options that mean nothing", async () => {
    await expect(readCaptions(setOf(), { missingText: "zeros" as "skip" })).rejects.toThrow(
      "readCaptions: `missingText` must be one of error, empty, skip, got zeros.",
    );
    await expect(readCaptions(setOf(), { concurrency: 0 })).rejects.toThrow("readCaptions: `concurrency` must be");
  });
});

describe("captionFolder", () => {
  beforeAll(() => {
    vi.spyOn(process, "emitWarning").mockImplementation(() => {}); // of classes with a single image
  });
  const flowers = async (texts: Record<string, string>) => {
    const png = await drawn("#ff0000").png().toBuffer();
    const images = ["class_00001/image_06734.png", "class_00001/image_06735.png", "class_00002/image_05145.png"];
    const root = await folderOf({
      ...Object.fromEntries(images.map((path) => [`jpg/${path}`, png])),
      ...Object.fromEntries(Object.entries(texts).map(([path, text]) => [`text_c10/${path}`, text])),
    });
    return { set: await imageFolder(join(root, "jpg")), folder: join(root, "text_c10") };
  };
  it("reads text_c10/CLASS/IMAGE.txt beside the images of any set", async () => {
    const { set, folder } = await flowers({
      "class_00001/image_06734.txt": "flower 1 is red.\r\n\r\n it has 🌺 petals \r\n",
      "class_00001/image_06735.txt": "",
    });
    const { items, name, classes } = await captionFolder(set, folder);
    expect([name, classes]).toEqual(["jpg", ["class_00001", "class_00002"]]);
    expect(await items[0]!.captions()).toEqual(["flower 1 is red.", "it has 🌺 petals"]);
    expect(await items[1]!.captions()).toEqual([]);
    await expect(items[2]!.captions()).rejects.toThrow(
      /^captionFolder: there are no captions .*class_00002\/image_05145.txt\.$/,
    );
    expect((await items[0]!.load()).width).toBe(8);
    const read = await readCaptions(await captionFolder(set, folder), { missingText: "skip" });
    expect(read.items.map(({ id }) => id)).toEqual(["class_00001/image_06734.png"]);
  });

  it("finds texts that are named otherwise, and says which folder is not there", async () => {
    const { set, folder } = await flowers({ "flat/image_06734.txt": "one" });
    const pathOf = ({ id }: ImageItem) => `flat/${id.split("/")[1]!.replace(".png", ".txt")}`;
    expect(await (await captionFolder(set, folder, { pathOf })).items[0]!.captions()).toEqual(["one"]);
    await expect(captionFolder(set, `${folder}s`)).rejects.toThrow(/^captionFolder: .*text_c10s does not exist\.$/);
  });
});
