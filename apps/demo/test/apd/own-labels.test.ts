import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeLabelMap } from "@fovea/data/node";
import { defaultsOf } from "@fovea/experiment";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { prepare } from "../../src/apd/data.js";
import { ownLabels } from "../../src/apd/own-labels.js";
import { settings as spec } from "../../src/apd/settings.js";
import { ownFolder } from "./own-folder.js";

let root: string;
let folder: string;
let runs = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-own-labels-"));
});
beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  folder = await ownFolder(join(root, `own-${runs++}`));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

const out = () => join(folder, "out");
const context = () => ({ command: "run", out: out(), resume: false, variants: ["student"] }) as const;
const prepared = () => prepare({ ...defaultsOf(spec), size: 33, data: `folder:${folder}` }, context());

const filled = (id: number, width = 44, height = 36, bits: 8 | 16 = 8) => {
  const data = bits === 8 ? new Uint8Array(width * height) : new Uint16Array(width * height);
  return { width, height, data: data.fill(id) };
};
const label = (name: string) => join(folder, "labels", name);

describe("label maps that do not fit are refused before the first step:", () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ["of another size", () => writeLabelMap(label("3.png"), filled(0, 40)), "its label map is 40 × 36, but the image is 44 × 36"], // prettier-ignore
    ["with an id that is no class", () => writeLabelMap(label("3.png"), filled(7)), "id 7 is neither a class (0 … 1) nor ignored (255)"], // prettier-ignore
    ["of colours", () => sharp({ create: { width: 44, height: 36, channels: 3, background: "red" } }).toFile(label("3.png")), "RGB"], // prettier-ignore
    ["missing", () => rm(label("3.png")), "there is no label map labels/3.png"],
    ["of 16 bits", () => writeLabelMap(label("3.png"), filled(1, 44, 36, 16)), "16 bits"],
  ])("%s", async (_, spoil, message) => {
    await spoil();
    await expect(prepared()).rejects.toThrow(message);
    await expect(prepared()).rejects.toThrow("3.png");
    await expect(readdir(out())).rejects.toThrow("ENOENT"); // nothing was begun
  });

  it("in which all pixels are ignored", async () => {
    for (const name of await readdir(join(folder, "labels"))) await writeLabelMap(label(name), filled(255));
    await expect(prepared()).rejects.toThrow("No pixel has a class: all are ignored.");
  });
});

describe("images of one's own", () => {
  it("are split by the seed, each in one split", async () => {
    const ids = async (seed: number) => {
      const { train, validation, test } = await ownLabels(folder, seed);
      return [train, validation, test].map(({ items }) => items.map(({ id }) => id));
    };
    const [first, other] = [await ids(0), await ids(1)];
    expect(first.map(({ length }) => length)).toEqual([6, 2, 2]);
    expect(new Set(first.flat()).size).toBe(10);
    expect(await ids(0)).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("keep the splits that they have", async () => {
    await mkdir(join(folder, "train"));
    for (const part of ["images", "labels"]) await rename(join(folder, part), join(folder, "train", part));
    await ownFolder(join(folder, "test"), 3);
    const { train, validation, test } = await ownLabels(folder, 0);
    expect([train, validation, test].map(({ items }) => items.length)).toEqual([8, 2, 3]);
  });

  it("too few to hold some out, are refused", async () => {
    const few = await ownFolder(join(folder, "few"), 1);
    await expect(ownLabels(few, 0)).rejects.toThrow("expected at least 3 images");
  });
});
