import { describe, expect, it } from "vitest";
import { readCaptions, type Captioned, type ImageItem, type ImageSet } from "../src/index.js";
import { item, plain } from "./test-images.js";

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
