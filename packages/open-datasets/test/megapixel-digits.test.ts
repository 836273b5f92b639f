import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fashionMnistSource, megapixelDigits, type MegapixelDigitsConfig, type Scene } from "@fovea/open-datasets";

const [CLASSES, WIDTH, HEIGHT] = [3, 5, 7];
/** Picture i, of class i % 3, is all of this grey. */
const greyOf = (part: "train" | "t10k", index: number) => (part === "train" ? 100 : 200) + index;
const counts = { train: 36, t10k: 9 } as const; // of train, 30 are learned from

function idx(shape: readonly number[], values: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x800 + shape.length);
  shape.forEach((length, axis) => header.writeUInt32BE(length, 4 + 4 * axis));
  return Buffer.concat([header, Buffer.from(Array.from(values))]);
}
const imagesOf = (part: "train" | "t10k") =>
  idx(
    [counts[part], HEIGHT, WIDTH],
    Array.from({ length: counts[part] * HEIGHT * WIDTH }, (_, i) => greyOf(part, Math.floor(i / (HEIGHT * WIDTH)))),
  );
const labelsOf = (part: "train" | "t10k") =>
  idx(
    [counts[part]],
    Array.from({ length: counts[part] }, (_, i) => i % CLASSES),
  );

let root = "";
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), "fovea-digits-"))));
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  await writeFile(join(root, "train-images-idx3-ubyte"), imagesOf("train"));
  await writeFile(join(root, "train-labels-idx1-ubyte"), labelsOf("train"));
  await writeFile(join(root, "t10k-images-idx3-ubyte.gz"), gzipSync(imagesOf("t10k")));
  await writeFile(join(root, "t10k-labels-idx1-ubyte.gz"), gzipSync(labelsOf("t10k")));
});

const make = (config: MegapixelDigitsConfig = {}) =>
  megapixelDigits({
    ...{ root, classes: ["a", "b", "c"], width: 61, height: 67, noise: 0 },
    ...{ scenes: { train: 6, validation: 6, test: 6 }, ...config },
  });
async function greysOf(scene: Scene, scale = 1): Promise<Uint8Array> {
  const source = await scene.source();
  try {
    const { data } = await source.read({ left: 0, top: 0, width: scene.width, height: scene.height }, scale);
    return data.filter((_, i) => i % 3 === 0);
  } finally {
    await source.close();
  }
}
describe("megapixelDigits", () => {
  it("shows whole pictures: targets of the label where it says, fewer others, each from its own side", async () => {
    const { train, validation, test } = await make();
    const sides = { train: [train, 100, 130], validation: [validation, 130, 136], test: [test, 200, 209] } as const;
    for (const [scenes, least, end] of Object.values(sides))
      for (const [index, scene] of scenes.entries()) {
        const greys = await greysOf(scene);
        expect(scene.label).toBe(index % CLASSES);
        expect(greys.filter((grey) => grey > 0)).toHaveLength(5 * WIDTH * HEIGHT);
        for (const grey of greys) expect(grey === 0 || (grey >= least && grey < end)).toBe(true);
        expect(scene.targets).toHaveLength(3);
        const labelAt = (i: number) => (greys[i]! - (least === 200 ? 200 : 100)) % CLASSES;
        for (const { left, top } of scene.targets) expect(labelAt(top * 61 + left)).toBe(scene.label);
        const ofLabel = greys.filter((grey, i) => grey > 0 && labelAt(i) === scene.label);
        expect(ofLabel).toHaveLength(3 * WIDTH * HEIGHT);
      }
  });

  it("is the same for the same seed and another for another", async () => {
    const first = async (seed: number) => greysOf((await make({ seed, noise: 5 })).train[0]!);
    expect(await first(1)).toEqual(await first(1));
    expect(await first(1)).not.toEqual(await first(2));
  });

  it("adds strokes, thin, and nothing else changes", async () => {
    const [plain, noisy] = await Promise.all([0, 5].map(async (noise) => greysOf((await make({ noise })).train[0]!)));
    const strokes = noisy!.filter((_, i) => plain![i] === 0);
    expect(noisy!.filter((_, i) => plain![i]! > 0)).toEqual(plain!.filter((grey) => grey > 0));
    const lit = strokes.filter((grey) => grey > 0).length;
    expect(lit).toBeGreaterThan(5 * 3);
    expect(lit).toBeLessThan(5 * 7 * 7);
  });

  it("averages at coarser resolutions, to within rounding", async () => {
    const [scene] = (await make({ side: 512, width: undefined, height: undefined })).train;
    const [full, half] = [await greysOf(scene!), await greysOf(scene!, 1 / 2)];
    half.forEach((grey, i) => {
      const at = Math.floor(i / 256) * 1024 + (i % 256) * 2;
      expect(Math.abs(grey - (full[at]! + full[at + 1]! + full[at + 512]! + full[at + 513]!) / 4)).toBeLessThan(1);
    });
  });

  it("names and credits Fashion-MNIST by its place only", async () => {
    const set = await make({ classes: ["a", "b"] });
    expect([set.name, set.attribution]).toEqual(["megapixel-digits-2", []]);
    expect(fashionMnistSource.licenseText).toMatch(/^https:/);
    await expect(make({ classes: undefined })).rejects.toThrow("pictures of every class for train, got none of 3.");
  });

  it.each<[string, MegapixelDigitsConfig]>([
    ["`classes.length` must be a whole number of at least 2, got 1", { classes: ["a"] }],
    ["`width` must be a whole number of at least 1, got 0", { width: 0 }],
    ["`height` must be a whole number of at least 1, got 1.5", { height: 1.5 }],
    ["`targets` must be a whole number of at least 1, got 0", { targets: 0 }],
    ["`others` must be a whole number of at least 0, got -1", { others: -1 }],
    ["`others` must be below `targets`, or the class would not be the most frequent, got 3", { others: 3 }],
    ["`noise` must be a whole number of at least 0, got 0.5", { noise: 0.5 }],
    ["`scenes.train` must be a whole number of at least 1, got 0", { scenes: { train: 0 } }],
    ["105 pictures of 7 pixels must fill at most a quarter of the scene, got 61 × 67 pixels", { noise: 100 }],
  ])("says: %s", async (message, config) => {
    await expect(make(config)).rejects.toThrow(new RangeError(`megapixelDigits: ${message}.`));
  });

  it.each([
    ["no IDX file of bytes of 3 axes", "train-images-idx3-ubyte", Buffer.from("nothing")],
    ["no IDX file of bytes of 1 axis", "train-labels-idx1-ubyte", imagesOf("train")],
    ["1258 values instead of the 36 × 7 × 5", "train-images-idx3-ubyte", imagesOf("train").subarray(0, -2)],
    [
      "t10k-images-idx3-ubyte.gz: it is damaged or cut short: ",
      "t10k-images-idx3-ubyte.gz",
      gzipSync(imagesOf("t10k")).subarray(0, 40),
    ],
    ["36 pictures of train, but 9 labels", "train-labels-idx1-ubyte", labelsOf("t10k")],
  ])("says: %s", async (message, file, bytes) => {
    await writeFile(join(root, file), bytes);
    await expect(make()).rejects.toThrow(message);
  });

  it("says which file it looked for", async () => {
    await expect(make({ root: join(root, "none") })).rejects.toThrow(
      /none.train-images-idx3-ubyte: no such file.*`root`/,
    );
  });
});
