import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ownImages } from "../src/own-images.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-own-"));
  for (const name of ["a", "b"])
    for (let i = 0; i < 7; i++) {
      await mkdir(join(root, name), { recursive: true });
      const create = { width: 8, height: 8, channels: 3, background: { r: 30 * i, g: 90, b: 20 } } as const;
      await sharp({ create })
        .png()
        .toFile(join(root, name, `${i}.png`));
    }
});
afterAll(() => rm(root, { recursive: true, force: true }));

const options = { size: 8, seed: 0, thinClasses: "refuse" } as const;

it("draws only the splits that are needed, each with as many images of a class as are needed", async () => {
  const own = await ownImages("demo", `folder:${root}`, { ...options, least: 3, splits: ["train", "test"] });
  const sizes = { train: own.train.items.length, validation: own.validation.items.length, test: own.test.items.length };
  expect(sizes).toEqual({ train: 8, validation: 0, test: 6 }); // a fifth of 7 would be 1
  const ids = [...own.train.items, ...own.test.items].map(({ id }) => id);
  expect(new Set(ids).size).toBe(14);
});

it("holds out a fifth of each class, at least one image, for each split that is missing", async () => {
  const own = await ownImages("demo", `folder:${root}`, { ...options, least: 1 });
  expect([own.train, own.validation, own.test].map(({ items }) => items.length)).toEqual([10, 2, 2]);
});

it("names what else `--data` may be", async () => {
  const other = ownImages("demo", "signs", { ...options, least: 1, others: ["emoji"] });
  await expect(other).rejects.toThrow("demo: expected `--data` to be emoji, folder:PATH or cub:PATH, got `signs`.");
});
