import * as tf from "@tensorflow/tfjs-core";
import { assertClose } from "@fovea/nn/testing";
import { describe, expect, it } from "vitest";
import {
  byteCache,
  cached,
  collectionBatches,
  collectionSampler,
  gatherBatches,
  inOrder,
  perView,
  consistent,
  randomCrop,
  toTensor,
  type ImageSet,
} from "../src/index.js";
import { imageFolder } from "../src/node/index.js";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { drawn, folderOf, item, noise, noisyImage, plain } from "./test-images.js";

const collections = { collections: [[0, 2, 1], [3]], labels: Int32Array.of(0, 1) };
const set = (side: (i: number) => number = () => 5): ImageSet => ({
  name: "test",
  classes: ["a", "b"],
  items: [0, 0, 0, 1].map((label, i) => item(`image ${i}`, noise(side(i), 3, i), label)),
  skipped: [],
});

describe("toTensor", () => {
  it("names the normalizations that there are", () => {
    expect(() =>
      toTensor([{ width: 1, height: 1, channels: 3, data: new Uint8Array(3) }], "imagnet" as "imagenet"),
    ).toThrow("normalizer: `normalization` must be one of unit, keras, imagenet, got imagnet.");
  });

  it("normalizes by name or by numbers", () => {
    const ends = { ...noise(1, 1), width: 2, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
    assertClose(toTensor([ends], "unit"), tf.tensor4d([0, 0, 0, 1, 1, 1], [1, 1, 2, 3]));
    assertClose(toTensor([ends], "keras"), tf.tensor4d([-1, -1, -1, 1, 1, 1], [1, 1, 2, 3]));
    assertClose(
      toTensor([ends], { mean: [0, 1, 0.5], sd: [1, 2, 4] }),
      tf.tensor4d([0, -0.5, -0.125, 1, 0, 0.125], [1, 1, 2, 3]),
    );
    const mean = plain(
      1,
      1,
      [0.485, 0.456, 0.406].map((value) => Math.round(value * 255)),
    );
    assertClose(toTensor([mean]), tf.zeros([1, 1, 1, 3]), 0.01);
  });
  it("is [batch, height, width, channels]", () => {
    const images = [noise(5, 3, 1), noise(5, 3, 2)];
    const x = toTensor(images, "unit");
    expect(x.shape).toEqual([2, 3, 5, 3]);
    assertClose(
      x,
      tf.div(
        tf.tensor(
          images.flatMap(({ data }) => [...data]),
          x.shape,
        ),
        255,
      ),
    );
  });
  it("refuses images of several sizes", () => {
    expect(() => toTensor([noise(5, 3), noise(3, 5)])).toThrow(
      "toTensor: expected every image to be 5 × 3 as the first, got 3 × 5 (number 1).",
    );
    expect(() => toTensor([])).toThrow("toTensor: expected at least one image, got none.");
  });
});

describe("collectionBatches", () => {
  it("puts each image in its place and zeros where there is none", async () => {
    const source = set();
    const batches = collectionBatches({
      set: source,
      sampler: inOrder(collections, { batch: 2 }),
      normalization: "unit",
    });
    expect(batches.stepsPerEpoch).toBe(1);
    const { images, labels, mask } = await batches.batch(0);
    expect([images.shape, images.dtype, labels.dtype]).toEqual([[2, 3, 3, 5, 3], "float32", "int32"]);
    expect(mask.arraySync()).toEqual([
      [1, 1, 1],
      [1, 0, 0],
    ]);
    expect(labels.arraySync()).toEqual([0, 1]);
    const loaded = toTensor(await Promise.all([0, 2, 1, 3].map((i) => source.items[i]!.load())), "unit");
    assertClose(tf.reshape(images, [6, 3, 5, 3]), tf.concat([loaded, tf.zeros([2, 3, 5, 3])]));
  });

  it("repeats a step whatever was asked before, on real files through a cache", async () => {
    const files = Object.fromEntries(
      await Promise.all(
        ["a", "b"].flatMap((name) =>
          [1, 2, 3, 4, 5].map(async (i) => [
            `${name}/${i}.png`,
            await noisyImage()
              .tint({ r: 40 * i, g: 9, b: 99 })
              .png()
              .toBuffer(),
          ]),
        ),
      ),
    ) as Record<string, Buffer>;
    const folder = await imageFolder(await folderOf(files));
    const make = () => {
      const sampler = collectionSampler({
        labels: folder.items.map(({ label }) => label),
        views: 3,
        batch: 4,
        seed: 5,
      });
      return collectionBatches({
        set: cached(folder, byteCache(1e6)),
        sampler,
        transform: perView(randomCrop([11, 13])),
        seed: 5,
      });
    };
    const numbers = async (source: ReturnType<typeof make>, step: number) => {
      const batch = await source.batch(step);
      const values = await batch.images.data();
      tf.dispose(batch);
      return values;
    };
    const [one, two] = [make(), make()];
    const later = await numbers(one, 4);
    const forwards = [await numbers(two, 0), await numbers(two, 3), await numbers(two, 4)];
    expect(forwards[2]).toEqual(later);
    expect(forwards[1]).not.toEqual(later);
  });

  it("transforms the views of a collection alike or apart, and each collection otherwise", async () => {
    const one = item("x", noise(9, 9));
    const same = { name: "same", items: Array.from({ length: 4 }, () => one) };
    const sampler = inOrder(
      {
        collections: [
          [0, 1],
          [2, 3],
        ],
        labels: Int32Array.of(0, 0),
      },
      { batch: 2 },
    );
    const views = async (transform: typeof consistent) => {
      const { images } = await collectionBatches({
        set: same,
        sampler,
        transform: transform(randomCrop(3)),
        seed: 2,
      }).batch(0);
      return tf.unstack(tf.reshape(images, [4, 27])).map((view) => String(view.dataSync()));
    };
    const alike = await views(consistent);
    expect([alike[0] === alike[1], alike[2] === alike[3], alike[0] === alike[2]]).toEqual([true, true, false]);
    expect(new Set(await views(perView)).size).toBe(4);
  });

  it("stretches to `size`, or names the image that does not fit", async () => {
    const sampler = inOrder(collections, { batch: 2 });
    const odd = set((i) => (i === 2 ? 7 : 5));
    await expect(collectionBatches({ set: odd, sampler }).batch(0)).rejects.toThrow(
      "collectionBatches: image 2 is 7 × 3, but image 0 is 5 × 3; set `size`, or crop or resize in `transform`.",
    );
    expect((await collectionBatches({ set: odd, sampler, size: [4, 6] }).batch(0)).images.shape).toEqual([
      2, 3, 4, 6, 3,
    ]);
  });

  it("passes on the error of an image that cannot be read, and leaves no tensor behind", async () => {
    const root = await folderOf({
      "a/1.png": await drawn("#123456").png().toBuffer(),
      "a/2.jpg": (await noisyImage().jpeg().toBuffer()).subarray(0, 900),
    });
    const folder = await imageFolder(root);
    const sampler = collectionSampler({ labels: [0, 0], views: 2, batch: 2 });
    const before = tf.memory().numTensors;
    await expect(collectionBatches({ set: folder, sampler }).batch(0)).rejects.toThrow(/a\/2.jpg: cannot be decoded/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses a sampler of another set", async () => {
    const sampler = collectionSampler({ labels: [0, 0, 0, 0, 0, 0], views: 1, batch: 6 });
    await expect(collectionBatches({ set: set(), sampler }).batch(0)).rejects.toThrow(
      /the sampler asks for image [45], but test has 4/,
    );
  });

  it("makes three tensors a batch and no more", async () => {
    const batches = collectionBatches({ set: set(), sampler: inOrder(collections, { batch: 2 }) });
    const before = tf.memory().numTensors;
    const batch = await batches.batch(0);
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose(batch);
  });
});

describeOnEngines("gatherBatches", () => {
  const values = Float32Array.from({ length: 4 * 2 * 3 }, (_, i) => i + 1);
  const sampler = inOrder(collections, { batch: 2 });
  it("gives what a batch of images would, from a tensor or from plain numbers", async () => {
    const stored = tf.tensor(values, [4, 2, 3]);
    const expected = tf.concat([tf.gather(stored, [0, 2, 1, 3]), tf.zeros([2, 2, 3])]);
    for (const features of [stored, { values, shape: [4, 2, 3] }]) {
      const batch = await gatherBatches({ features, sampler }).batch(0);
      expect(batch.features.shape).toEqual([2, 3, 2, 3]);
      assertClose(tf.reshape(batch.features, [6, 2, 3]), expected);
      expect(batch.mask.arraySync()).toEqual([
        [1, 1, 1],
        [1, 0, 0],
      ]);
      expect(batch.labels.arraySync()).toEqual([0, 1]);
    }
  });
  it("leaves three tensors a batch and keeps the features", async () => {
    const stored = tf.tensor(values, [4, 6]);
    const before = tf.memory().numTensors;
    tf.dispose(await gatherBatches({ features: stored, sampler }).batch(0));
    expect(tf.memory().numTensors).toBe(before);
    expect(stored.isDisposed).toBe(false);
  });
  it("refuses what does not fit", async () => {
    expect(() => gatherBatches({ features: { values, shape: [5, 2, 3] }, sampler })).toThrow(
      "gatherBatches: expected 30 values for [5, 2, 3], got 24.",
    );
    const few = gatherBatches({ features: tf.zeros([3, 2]), sampler });
    await expect(few.batch(0)).rejects.toThrow("gatherBatches: the sampler asks for image 3, but `features` has 3.");
  });
});
