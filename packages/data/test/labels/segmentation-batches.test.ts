import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import {
  ImageFileError,
  segmentationAugmentation,
  segmentationBatches,
  toTensor,
  type LabelMap,
  type SegmentationItem,
  type SegmentationSet,
} from "../../src/index.js";
import { noise } from "../test-images.js";
import { randomLabels } from "./label-files.js";

const item = (
  id: string,
  labels: LabelMap,
  image = noise(labels.width, labels.height, labels.data[0]),
): SegmentationItem => ({
  id,
  load: () => Promise.resolve({ image, labels }),
  loadLabels: () => Promise.resolve(labels),
});
const setOf = (items: readonly SegmentationItem[]): SegmentationSet => ({
  name: "noise",
  classes: ["a", "b", "c", "d", "e"],
  ignore: 255,
  items,
  skipped: [],
});
const set = setOf([1, 2, 3, 4, 5, 6, 7].map((seed) => item(`${seed}.png`, randomLabels(23, 19, 5, seed))));
const transform = segmentationAugmentation({ crop: [11, 13] });
const numbers = async (step: number, options: Partial<Parameters<typeof segmentationBatches>[0]> = {}) => {
  const batch = await segmentationBatches({ set, batch: 3, transform, ...options }).batch(step);
  const values = [[...batch.images.dataSync()], [...batch.labels.dataSync()]];
  tf.dispose(batch);
  return values;
};

describe("segmentationBatches", () => {
  it("is [batch, height, width, channels] with labels [batch, height, width], two tensors a batch", async () => {
    const labels = [randomLabels(5, 3, 5, 1), randomLabels(5, 3, 5, 2)];
    const source = segmentationBatches({
      set: setOf(labels.map((map, i) => item(`${i}`, map))),
      batch: 2,
      shuffle: false,
    });
    const before = tf.memory().numTensors;
    const batch = await source.batch(0);
    expect(tf.memory().numTensors).toBe(before + 2);
    expect([batch.images.shape, batch.images.dtype]).toEqual([[2, 3, 5, 3], "float32"]);
    expect([batch.labels.shape, batch.labels.dtype]).toEqual([[2, 3, 5], "int32"]);
    expect([...batch.labels.dataSync()]).toEqual(labels.flatMap(({ data }) => [...data]));
    const expected = toTensor(labels.map(({ data }) => noise(5, 3, data[0])));
    assertClose(batch.images, expected);
    tf.dispose([batch.images, batch.labels, expected]);
  });

  it("has one shape at every step of a training run, and leaves nothing behind", async () => {
    const source = segmentationBatches({ set, batch: 3, transform });
    expect(source.stepsPerEpoch).toBe(2); // 7 images in batches of 3, the last one left out
    const before = tf.memory().numTensors;
    for (let step = 0; step < 5; step++) {
      const { images, labels } = await source.batch(step);
      expect([images.shape, labels.shape]).toEqual([
        [3, 11, 13, 3],
        [3, 11, 13],
      ]);
      tf.dispose([images, labels]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("depends on seed and step only: a resumed run sees the same crops", async () => {
    const step = await numbers(4, { seed: 1 });
    expect(await numbers(4, { seed: 1 })).toEqual(step);
    expect(await numbers(5, { seed: 1 })).not.toEqual(step);
    expect(await numbers(4, { seed: 2 })).not.toEqual(step);
  });

  it("draws anew at each step and for each image of a batch", async () => {
    const same = setOf([1, 2].map(() => item("same.png", randomLabels(23, 19, 5))));
    const batches = segmentationBatches({ set: same, batch: 2, transform });
    const rows: string[] = [];
    for (const step of [0, 1, 2]) {
      const { images, labels } = await batches.batch(step);
      const values = labels.dataSync();
      rows.push(String(values.slice(0, 11 * 13)), String(values.slice(11 * 13)));
      tf.dispose([images, labels]);
    }
    expect(new Set(rows).size).toBe(6);
  });

  it("shows all images in order to evaluate, the last batch being smaller", async () => {
    const source = segmentationBatches({ set, batch: 3, shuffle: false });
    expect(source.stepsPerEpoch).toBe(3);
    const last = await source.batch(2);
    const items = await set.items[6]!.loadLabels();
    expect([...last.labels.dataSync()]).toEqual([...items.data]);
    tf.dispose(last);
    expect(segmentationBatches({ set, batch: 8 }).stepsPerEpoch).toBe(1); // no full batch: one that is not
  });

  it("keeps ignored pixels, of 16 bits too", async () => {
    const labels = { width: 2, height: 1, data: Uint16Array.of(4, 65535) };
    const { labels: batch, images } = await segmentationBatches({
      set: { ...setOf([item("a", labels, noise(2, 1))]), ignore: 65535 },
      batch: 1,
    }).batch(0);
    expect([...batch.dataSync()]).toEqual([4, 65535]);
    tf.dispose([batch, images]);
  });

  it("takes a map that is ignored everywhere", async () => {
    const nothing = { width: 2, height: 2, data: new Uint8Array(4).fill(255) };
    const { labels, images } = await segmentationBatches({ set: setOf([item("a", nothing)]), batch: 1 }).batch(0);
    expect([...labels.dataSync()]).toEqual([255, 255, 255, 255]);
    tf.dispose([labels, images]);
  });

  const failing = (labels: LabelMap, image = noise(labels.width, labels.height)) =>
    segmentationBatches({ set: setOf([item("bad.png", labels, image)]), batch: 1 }).batch(0);

  it("names a map with ids that are no class, and where", async () => {
    const data = Uint8Array.of(0, 4, 255, 1, 9, 7, 9, 0);
    const failed = failing({ width: 4, height: 2, data });
    await expect(failed).rejects.toThrow(
      "bad.png: its label map has the ids 7, 9 (the first at column 0, row 1), which are neither a class (0 … 4) nor " +
        "ignored (255)",
    );
    await expect(failed).rejects.toBeInstanceOf(ImageFileError);
    await expect(failing({ width: 2, height: 1, data: Uint8Array.of(1, 5) })).rejects.toThrow(
      "has id 5 (the first at column 1, row 0), which is neither a class (0 … 4) nor ignored (255); if its ids count " +
        "from 1, so that 0 is unlabelled, set `reduceZeroLabel`; if not, a class is missing in `classes`",
    );
  });

  it("names a map of another size than its image", async () => {
    await expect(failing(randomLabels(5, 3, 5), noise(5, 4))).rejects.toThrow(
      /^bad.png: its label map is 5 × 3, but the image is 5 × 4$/,
    );
    await expect(failing(randomLabels(5, 3, 5), noise(3, 5))).rejects.toThrow(
      "its label map is 5 × 3, but the image is 3 × 5; is the image turned by its EXIF orientation, and the label map not?",
    );
  });

  it("refuses images of several sizes in a batch, and no images", async () => {
    const items = [item("a", randomLabels(5, 3, 5)), item("b", randomLabels(4, 3, 5))];
    await expect(segmentationBatches({ set: setOf(items), batch: 2, shuffle: false }).batch(0)).rejects.toThrow(
      "segmentationBatches: b is 4 × 3, but a is 5 × 3; crop in `transform`, or set `batch: 1`.",
    );
    expect(() => segmentationBatches({ set: setOf([]), batch: 1 })).toThrow(
      "segmentationBatches: noise has no images.",
    );
    expect(() => segmentationBatches({ set, batch: 0 })).toThrow("`batch` must be a whole number of at least 1");
  });
});
