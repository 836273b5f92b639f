import type { ImageSet } from "@fovea/data";
import { describe, expect, it } from "vitest";
import type { FineGrainedSet, Variation } from "@fovea/open-datasets";

interface Varied {
  readonly seed?: number;
  readonly variation?: Partial<Variation>;
}

const still = { rotation: 0, tilt: 0, scale: [1, 1], light: 0, blur: 0, background: "white" } as const;

/** What holds for each `FineGrainedSet`; `make` must make a small one, of so many items. */
export function describeFineGrained(
  name: string,
  make: (config?: Varied) => Promise<FineGrainedSet>,
  counts: Readonly<Record<"train" | "validation" | "test", number>>,
): void {
  const splitsOf = ({ train, validation, test }: FineGrainedSet) => ({ train, validation, test });
  const drawings = ({ items }: ImageSet) => items.map(({ id }) => id.replace(/\/\d+$/, ""));
  const bytesOf = async (config: Varied, split: "train" | "validation" | "test", at = 0) =>
    (await (await make(config))[split].items[at]!.load()).data;

  describe(`${name}, as a fine-grained set,`, () => {
    it("has every class in each split, the items once, and no drawing in two splits", async () => {
      const set = await make();
      const splits = Object.entries(splitsOf(set));
      expect(new Set(set.classes).size).toBe(set.classes.length);
      expect(set.families).toHaveLength(set.classes.length);
      for (const [split, { name: title, classes, items }] of splits) {
        expect(title).toBe(`${set.name}/${split}`);
        expect(classes).toEqual(set.classes);
        expect([...new Set(items.map((item) => item.label))]).toEqual([...classes.keys()]);
        expect(items).toHaveLength(counts[split as keyof typeof counts]);
      }
      const ids = splits.flatMap(([, { items }]) => items.map(({ id }) => id));
      expect(new Set(ids).size).toBe(ids.length);
      const seen = splits.flatMap(([, split]) => [...new Set(drawings(split))]);
      expect(new Set(seen).size).toBe(seen.length);
    });

    it("loads every item at the size that was asked for", async () => {
      for (const { items } of Object.values(splitsOf(await make())))
        for (const item of items) {
          const { width, height, channels, data } = await item.load();
          expect([width, height, channels, data.length]).toEqual([23, 23, 3, 23 * 23 * 3]);
        }
    });

    it("is the same for the same seed, and of the same classes and drawings for another", async () => {
      const [one, other] = [await make({ seed: 5 }), await make({ seed: 6 })];
      expect(other.classes).toEqual(one.classes);
      for (const split of ["train", "validation", "test"] as const) {
        expect(drawings(other[split])).toEqual(drawings(one[split]));
        expect(await bytesOf({ seed: 5 }, split)).toEqual(await bytesOf({ seed: 5 }, split));
        expect(await bytesOf({ seed: 5 }, split)).not.toEqual(await bytesOf({ seed: 6 }, split));
      }
      expect(await bytesOf({}, "train", 0)).not.toEqual(await bytesOf({}, "train", 1));
    });

    it("shows another image of each drawing of a class, where nothing varies", async () => {
      const { train, validation, test } = await make({ variation: still });
      const first = [train, validation, test].flatMap(({ items }) => items.filter(({ id }) => id.endsWith("/0")));
      const images = await Promise.all(
        first.map(async (item) => Buffer.from((await item.load()).data).toString("hex")),
      );
      expect(new Set(images).size).toBe(first.length);
      expect(await bytesOf({ variation: still, seed: 1 }, "train")).toEqual(
        await bytesOf({ variation: still, seed: 2 }, "train", 1),
      );
    });
  });
}
