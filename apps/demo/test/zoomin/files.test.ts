import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ImageFileError, pixelsSource, processImages, retrying, type TileSource } from "@fovea/data";
import { decodeImage, tiledImage } from "@fovea/data/node";
import { attentionSamplingClassifier, zoomInClassifier, type LargeImageClassifier } from "@fovea/models";
import { rng, trainingContext } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-files-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const tiles = { tile: true, tileWidth: 64, tileHeight: 64, compression: "deflate" } as const;
const noise = (width: number, height: number, seed = 0) =>
  sharp(
    Uint8Array.from(rng(seed).uint32(width * height * 3), (word) => word & 255),
    { raw: { width, height, channels: 3 } },
  );

const shared = { classes: 3, patch: [24, 24], samples: 4 } as const;
const zooming = { ...shared, tile: [64, 64], firstScale: 1 / 8, secondScale: 1 / 4 } as const;
const MODELS: readonly (readonly [string, () => LargeImageClassifier<SamplingPlan>])[] = [
  ["zoomInClassifier, grid", () => zoomInClassifier(zooming)],
  ["zoomInClassifier, map", () => zoomInClassifier({ ...zooming, first: "map" })],
  ["attentionSamplingClassifier", () => attentionSamplingClassifier({ ...shared, scale: 1 / 8 })],
];

/** Opens a file for as long as `task` takes. */
async function withFile<Result>(path: string, task: (source: TileSource) => Promise<Result>): Promise<Result> {
  const source = await tiledImage(path);
  try {
    return await task(source);
  } finally {
    await source.close();
  }
}

describe.each(MODELS)("%s", (_, make) => {
  it.each<[string, string, () => Sharp]>([
    ["one pixel high", "low.tif", () => noise(500, 1).tiff(tiles)],
    ["one pixel high, of a format that is read as a whole", "low.png", () => noise(500, 1).png()],
    ["one pixel wide", "thin.tif", () => noise(1, 500).tiff(tiles)],
    ["of one pixel", "pixel.tif", () => noise(1, 1).tiff(tiles)],
    ["smaller than a tile and a patch", "small.tif", () => noise(19, 13).tiff(tiles)],
    ["a little more than a tile", "more.tif", () => noise(65, 129).tiff(tiles)],
    ["grey", "grey.tif", () => noise(150, 90).toColourspace("b-w").tiff(tiles)],
    ["of 16 bits", "deep.png", () => noise(150, 90).toColourspace("rgb16").png()],
    ["grey, of 16 bits", "deep-grey.png", () => noise(150, 90).toColourspace("grey16").png()],
  ])(
    "predicts a file that is %s as it does its pixels in memory, and has gradients for it",
    async (__, name, image) => {
      const path = join(root, name);
      await image().toFile(path);
      const model = make();
      const inMemory = pixelsSource(await decodeImage(path));
      await withFile(path, async (source) => {
        expect([source.width, source.height]).toEqual([inMemory.width, inMemory.height]);
        const { probabilities, plans } = await model.predict(source);
        expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        expect(plans[0]!.regions.length).toBeGreaterThan(0);
        expect(await model.predict(inMemory)).toEqual({ probabilities, plans });

        const ctx = trainingContext(rng(2));
        const seen = [await model.sample(source, ctx)];
        const { value, grads } = tf.variableGrads(() => {
          const { logits, negativeEntropy } = model.forward(model.collate(seen, ctx), ctx);
          return tf.add<tf.Scalar>(tf.sum(logits), negativeEntropy);
        });
        for (const numbers of [value, ...Object.values(grads)])
          expect(tf.all(tf.isFinite(numbers)).dataSync()[0]).toBe(1);
        tf.dispose([value, grads]);
      });
      model.dispose();
    },
  );

  it("looks at all there is, where more patches are asked for than there are places", async () => {
    const path = join(root, "few.tif");
    await noise(7, 5, 3).tiff(tiles).toFile(path);
    const model = make();
    await withFile(path, async (source) => {
      const exact = await model.predict(source, { mode: "exact" });
      for (const seed of [1, 2, 3]) {
        const asked = { mode: "sample", rng: rng(seed), samples: 500 } as const;
        const { probabilities, plans } = await model.predict(source, asked);
        expect(plans[0]!.regions).toEqual(exact.plans[0]!.regions);
        probabilities.forEach((p, i) => expect(p).toBeCloseTo(exact.probabilities[i]!, 5));
      }
    });
    model.dispose();
  });

  it("fails by the name and the place, of a file that is damaged in its middle, and predicts the others", async () => {
    const names = ["a.tif", "b.tif", "c.tif", "none.tif", "text.tif", "e.tif"];
    const paths = names.map((name) => join(root, name));
    for (const [i, path] of paths.entries()) if (i !== 3) await noise(300, 200, i).tiff(tiles).toFile(path);
    await writeFile(paths[4]!, "no image");
    const bytes = new Uint8Array(await noise(300, 200, 1).tiff(tiles).toBuffer());
    for (let at = 500; at < bytes.length / 2; at += 5000) bytes[at]! ^= 255; // in most of the tiles
    await writeFile(paths[1]!, bytes);
    const model = make();
    const predict = (path: string) => withFile(path, (source) => model.predict(source));
    const alone = [await predict(paths[0]!), await predict(paths[2]!), await predict(paths[5]!)];
    const { numTensors } = tf.memory();
    const { results, indices, failures } = await processImages(paths, predict, { onFailure: "skip" });
    expect(indices).toEqual([0, 2, 5]);
    expect(results).toEqual(alone);
    expect(failures.map(({ index }) => index)).toEqual([1, 3, 4]);
    for (const { index, error } of failures) expect(error.message.startsWith(`${paths[index]}: `)).toBe(true);
    expect(failures[0]!.error.message).toMatch(/cannot read \d+ × \d+ at \(-?\d+, -?\d+\) at scale/);
    await expect(processImages(paths, predict)).rejects.toThrow(`processImages: image 1: ${paths[1]}: cannot read`);
    expect(tf.memory().numTensors).toBe(numTensors);
    model.dispose();
  });

  it("does not notice a drive that fails now and then, if reads are tried again", async () => {
    const path = join(root, "stalls.tif");
    await noise(300, 200, 4).tiff(tiles).toFile(path);
    const model = make();
    await withFile(path, async (source) => {
      let reads = 0;
      const read: TileSource["read"] = (...args) =>
        ++reads % 3 === 0 ? Promise.reject(new ImageFileError(path, "it is away")) : source.read(...args);
      const stalling = { ...source, read };
      await expect(model.predict(stalling)).rejects.toThrow("it is away");
      expect(await model.predict(retrying(stalling, { times: 9, wait: 0 }))).toEqual(await model.predict(source));
    });
    model.dispose();
  });
});
