import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import {
  collectionBatches,
  compose,
  horizontalFlip,
  imageBatches,
  imageSampler,
  inOrder,
  labelsOf,
  perView,
  pkSampler,
  randomCrop,
  toTensor,
  type ImageBatchesOptions,
  type ImageSet,
} from "../src/index.js";
import { item, noise } from "./test-images.js";

/** Images of one color each, image i of the color i + 1. */
const numbered = (labels: readonly number[], sideOf: (i: number) => number = () => 5): ImageSet => ({
  name: "test",
  classes: ["a", "b", "c"],
  items: labels.map((label, i) => {
    const { data, ...size } = noise(sideOf(i), 3);
    return item(`image ${i}`, { ...size, data: data.fill(i + 1) }, label);
  }),
  skipped: [],
});
const labels = [0, 1, 2, 0, 0, 1, 2];

/** Which images a batch has, by their color, and their labels. */
async function contentOf(options: ImageBatchesOptions, step: number) {
  const batch = await imageBatches({ ...options, normalization: "unit" }).batch(step);
  const colors = tf.tidy(() => tf.round(tf.mul(tf.max(batch.images, [1, 2, 3]), 255))).dataSync();
  const content = { images: Array.from(colors, (color) => color - 1), labels: [...batch.labels.dataSync()] };
  tf.dispose(batch);
  return content;
}

describe("imageBatches", () => {
  it("is [batch, height, width, channels] with labels, two tensors a batch and no more", async () => {
    const set = { name: "noise", items: [1, 2, 3].map((i) => item(`${i}`, noise(5, 3, i), i)) };
    const before = tf.memory().numTensors;
    const batch = await imageBatches({ set, batch: 2, shuffle: false }).batch(0);
    expect(tf.memory().numTensors).toBe(before + 2);
    expect([batch.images.shape, batch.labels.dtype]).toEqual([[2, 3, 5, 3], "int32"]);
    expect([...batch.labels.dataSync()]).toEqual([1, 2]);
    assertClose(batch.images, toTensor([noise(5, 3, 1), noise(5, 3, 2)]));
    tf.dispose(batch);
  });

  it("shows every image once an epoch, in another order each, with its label, whatever was asked before", async () => {
    const set = numbered(labels);
    const options = { set, batch: 3, seed: 4 };
    expect(imageBatches(options).stepsPerEpoch).toBe(3);
    const steps = await Promise.all([0, 1, 2, 3, 4, 5].map((step) => contentOf(options, step)));
    for (const content of steps) expect(content.labels).toEqual(content.images.map((i) => labels[i]));
    expect(steps.map(({ images }) => images.length)).toEqual([3, 3, 1, 3, 3, 1]);
    const epochs = [steps.slice(0, 3), steps.slice(3)].map((epoch) => epoch.flatMap(({ images }) => images));
    for (const epoch of epochs) expect(epoch.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    const again = imageBatches({ ...options, normalization: "unit" });
    tf.dispose(await again.batch(5));
    const { images } = await again.batch(1);
    expect(Array.from(tf.max(images, [1, 2, 3]).dataSync(), (x) => Math.round(255 * x) - 1)).toEqual(steps[1]!.images);
    expect(await contentOf({ ...options, seed: 5 }, 1)).not.toEqual(steps[1]);
  });

  it("goes through the set in order, without the last batch if told so", async () => {
    const options = { set: numbered(labels), batch: 3, shuffle: false };
    const epoch = async (more: object) => {
      const { stepsPerEpoch } = imageBatches({ ...options, ...more });
      const steps = Array.from({ length: stepsPerEpoch }, (_, step) => contentOf({ ...options, ...more }, step));
      return (await Promise.all(steps)).map(({ images }) => images);
    };
    expect(await epoch({})).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await epoch({ dropLast: true })).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(await contentOf(options, 4)).toEqual({ images: [3, 4, 5], labels: [0, 0, 1] }); // the second epoch
  });

  it("transforms each image with random choices of its own, by seed and step", async () => {
    const one = item("x", noise(9, 9));
    const set = { name: "same", items: [one, one, one, one] };
    const transform = compose(randomCrop(3), horizontalFlip());
    const values = async (seed: number, step: number) => {
      const { images } = await imageBatches({ set, batch: 2, transform, seed }).batch(step);
      return tf.unstack(images).map((image) => String(image.dataSync()));
    };
    const all = [...(await values(0, 0)), ...(await values(0, 1)), ...(await values(1, 0))];
    expect(new Set(all).size).toBe(6);
    expect(await values(0, 1)).toEqual(all.slice(2, 4));
  });

  it("takes a sampler's choice, and stretches to `size`", async () => {
    const set = numbered(labels, (i) => 4 + i);
    const sampler = pkSampler({ labels: labelsOf(set), classes: 2, images: 2 });
    const { images, labels: of } = await imageBatches({ set, sampler, size: [4, 6] }).batch(0);
    expect(images.shape).toEqual([4, 4, 6, 3]);
    expect([...of.dataSync()]).toEqual([...sampler.sample(0).labels]);
  });

  it("says who refuses, and what", async () => {
    const odd = numbered(labels, (i) => (i === 1 ? 7 : 5));
    await expect(imageBatches({ set: odd, batch: 3, shuffle: false }).batch(0)).rejects.toThrow(
      "imageBatches: image 1 is 7 × 3, but image 0 is 5 × 3; set `size`, or crop or resize in `transform`.",
    );
    const sampler = imageSampler({ labels: Array<number>(9).fill(0), batch: 9 });
    await expect(imageBatches({ set: odd, sampler }).batch(0)).rejects.toThrow(
      /imageBatches: the sampler asks for image [78], but test has 7/,
    );
    expect(() => imageBatches({ set: { name: "none", items: [] }, batch: 1 })).toThrow(
      "imageBatches: `labels` is empty",
    );
    expect(() => imageBatches({ set: odd, batch: 0 })).toThrow("imageBatches: `batch` must be a whole number");
    expect(() => imageBatches({ set: odd, batch: 8, dropLast: true })).toThrow(
      "imageBatches: `dropLast` leaves nothing of 7 images",
    );
    expect(() => imageSampler({ labels, batch: 2 }).sample(0.5)).toThrow("imageSampler: `step` must be a whole number");
  });

  it("gives what collections of one view give, in order and without a transform", async () => {
    const set = { name: "noise", items: [1, 2, 3].map((i) => item(`${i}`, noise(5, 3, i), i)) };
    const sampler = inOrder({ collections: [[0], [1], [2]], labels: labelsOf(set) }, { batch: 3 });
    const views = await collectionBatches({ set, sampler, transform: perView((image) => image) }).batch(0);
    const single = await imageBatches({ set, batch: 3, shuffle: false }).batch(0);
    assertClose(single.images, tf.squeeze(views.images, [1]));
  });
});
