import { requireLabels, segmentationBatches } from "@fovea/data";
import * as tf from "@tensorflow/tfjs-core";
import { rng } from "@fovea/nn";
import { describe, expect, it } from "vitest";
import { emojiScenes, type EmojiScenesConfig, type Vendor } from "@fovea/open-datasets";
import { labelledScene, type LabelledLayer } from "../src/scenes/labelled-scene.js";
import { covered, scattered } from "../src/scenes/scattered.js";

// One small package in each split: the others take a second of reading.
const quick: EmojiScenesConfig = {
  groups: ["animals-nature", "food-drink"],
  train: ["fluent-3d"],
  validation: ["emojione"],
  test: ["noto-v1"],
  scenes: { train: 6, validation: 2, test: 3 },
  size: 48,
};
const make = (config: EmojiScenesConfig = {}) => emojiScenes({ ...quick, ...config });
const scenes = async (config: EmojiScenesConfig = {}) =>
  Promise.all((await make(config)).train.items.map((item) => item.load()));

/** A layer of one colour, with an alpha for each pixel. */
const layer = (left: number, top: number, size: number, label: number, alphas: readonly number[]): LabelledLayer => ({
  place: { left, top, size },
  label,
  pixels: () => Promise.resolve(Float64Array.from(alphas.flatMap((alpha) => [200 * alpha, 0, 0, 255 * alpha]))),
});
const rule = { background: 0, ignore: 255, ignoreEdges: false };

describe("labelledScene", () => {
  const paint = (layers: readonly LabelledLayer[], ignoreEdges = false) =>
    labelledScene(new Uint8Array(27).fill(100), layers, 3, { ...rule, ignoreEdges });

  it("gives a pixel to what covers half of it, the last one on top", async () => {
    const { labels, image } = await paint([layer(0, 0, 2, 1, [1, 0.5, 0.49, 0]), layer(1, 0, 2, 2, [0.4, 1, 1, 0])]);
    expect([...labels.data]).toEqual([1, 1, 2, 0, 2, 0, 0, 0, 0]);
    const reds = image.data.filter((_, i) => i % 3 === 0);
    expect([...reds]).toEqual([200, 170, 200, 149, 200, 100, 100, 100, 100]); // α · 200 + (1 − α) · what is behind
  });

  it("ignores edges if that is asked, but not those between objects of one class", async () => {
    const { labels } = await paint(
      [layer(0, 0, 2, 1, [1, 0.5, 0.05, 0.95]), layer(1, 0, 2, 1, [1, 0.5, 0.5, 0])],
      true,
    );
    expect([...labels.data]).toEqual([1, 1, 255, 0, 1, 0, 0, 0, 0]);
  });

  it("cuts off what is outside", async () => {
    const { labels } = await paint([layer(-1, -1, 2, 1, [1, 1, 1, 1]), layer(2, 2, 2, 2, [1, 1, 1, 1])]);
    expect([...labels.data]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 2]);
  });
});

describe("scattered", () => {
  it("covers no square by more than is allowed, and leaves out what finds no place", () => {
    const sizes = [20, 30, 10, 25, 20, 30, 30, 30, 30, 30, 30];
    for (const overlap of [0, 0.3, 1]) {
      const places = scattered(rng(1), sizes, 64, overlap);
      expect(places.every(({ place, index }) => place.size === sizes[index])).toBe(true);
      expect(places.length === sizes.length).toBe(overlap === 1);
      for (const [i, a] of places.entries())
        for (const b of places.slice(i + 1)) expect(covered(a.place, b.place)).toBeLessThanOrEqual(overlap);
      for (const { place } of places) {
        const over = Math.round(place.size / 4);
        for (const start of [place.left, place.top]) {
          expect(start).toBeGreaterThanOrEqual(-over);
          expect(start + place.size).toBeLessThanOrEqual(64 + over);
        }
      }
    }
  });

  it("measures the share of the smaller square", () => {
    const at = (left: number, top: number, size: number) => ({ left, top, size });
    expect(covered(at(0, 0, 4), at(2, 2, 4))).toBe(1 / 4);
    expect(covered(at(0, 0, 10), at(3, 3, 2))).toBe(1);
    expect(covered(at(0, 0, 4), at(4, 0, 4))).toBe(0);
  });
});

describe("emojiScenes", () => {
  it("is six groups and the background by default, no vendor in two splits", async () => {
    const { name, classes, train, validation, test, attribution } = await emojiScenes();
    expect(name).toBe("emoji-scenes-6");
    expect(classes).toEqual([
      "background",
      "animals-nature",
      "food-drink",
      "travel-places",
      "activities",
      "objects",
      "smileys-emotion",
    ]);
    expect([train, validation, test].map(({ items }) => items.length)).toEqual([512, 64, 128]);
    expect(attribution.at(-1)!.name).toBe("three-globe");
    const { image, labels } = await test.items[0]!.load();
    expect([image.width, image.height, labels.width, labels.data.length]).toEqual([128, 128, 128, 128 * 128]);
  });

  it("has label maps of these classes that become batches", async () => {
    const { train, validation, test } = await make();
    const reports = await Promise.all([train, validation, test].map((split) => requireLabels(split)));
    for (const { ignoredShare } of reports) expect(ignoredShare).toBe(0);
    const share = reports[0]!.ids[0]!.pixels / reports[0]!.ids.reduce((sum, { pixels }) => sum + pixels, 0);
    expect(share).toBeGreaterThan(0.4); // background
    expect(share).toBeLessThan(0.9);
    expect(reports[0]!.absent).toEqual([]);
    const { images, labels } = await segmentationBatches({ set: train, batch: 2 }).batch(0);
    expect([images.shape, labels.shape]).toEqual([
      [2, 48, 48, 3],
      [2, 48, 48],
    ]);
    tf.dispose([images, labels]);
  });

  it("has masks that are exact: only objects differ from the scene without them", async () => {
    const variation = { light: 0, background: "white" } as const;
    for (const { image, labels } of await scenes({ variation })) {
      labels.data.forEach((label, i) => {
        const isWhite = image.data.subarray(3 * i, 3 * i + 3).every((value) => value === 255);
        // a pixel that nothing covers is white and background; one that is half covered may be white, but not
        // background
        if (label === 0 && !isWhite) expect(Math.min(...image.data.subarray(3 * i, 3 * i + 3))).toBeGreaterThan(0);
        if (label > 0) expect(label).toBeLessThanOrEqual(2);
      });
      const objects = labels.data.filter((label) => label > 0).length;
      const colored = labels.data.filter((_, i) => Math.min(...image.data.subarray(3 * i, 3 * i + 3)) < 128).length;
      expect(colored).toBeLessThan(1.3 * objects);
    }
  });

  it("gives the same scene for the same seed, split and number, whatever is loaded before", async () => {
    const first = await scenes();
    const { train, test } = await make({ scenes: { train: 99, validation: 1, test: 3 } });
    expect(await train.items[4]!.load()).toEqual(first[4]);
    expect(await train.items[4]!.loadLabels()).toEqual(first[4]!.labels);
    expect((await test.items[0]!.load()).labels).not.toEqual(first[0]!.labels);
    expect((await scenes({ seed: 1 }))[0]).not.toEqual(first[0]);
  });

  it("keeps the number and the size of objects", async () => {
    for (const { labels } of await scenes({ objects: [0, 0] })) expect(Math.max(...labels.data)).toBe(0);
    const covered = async (size: number) => {
      const all = await scenes({ objects: [1, 1], objectSize: [size, size], variation: { rotation: 0, tilt: 0 } });
      return all.reduce((sum, { labels }) => sum + labels.data.filter((id) => id > 0).length, 0);
    };
    expect((await covered(0.6)) / (await covered(0.3))).toBeCloseTo(4, -0.5);
  });

  it("ignores edges if that is asked, and nothing else changes", async () => {
    const [plain, without] = [await scenes(), await scenes({ edges: "ignore" })];
    without.forEach(({ image, labels }, i) => {
      expect(image).toEqual(plain[i]!.image);
      const ignored = labels.data.filter((id) => id === 255).length;
      expect(ignored).toBeGreaterThan(0);
      expect(ignored / labels.data.length).toBeLessThan(0.25);
    });
  });

  it.each<[string, EmojiScenesConfig]>([
    ["`groups` must be one of animals-nature, .* got cars", { groups: ["cars" as "faces"] }],
    ["`groups` must name at least one group, got none", { groups: [] }],
    ["`groups` must differ .* got faces, smileys-emotion", { groups: ["faces", "smileys-emotion"] }],
    ["`groups` must differ .* got objects, objects", { groups: ["objects", "objects"] }],
    ["`validation` must be one of noto, noto-v1, .* got apple", { validation: ["apple" as Vendor] }],
    ["no vendor may be in two splits, .* got noto-v1", { validation: ["noto-v1"] }],
    ["in one split, got `train` fluent-3d and `test` fluent-emoji", { test: ["fluent-emoji"] }],
    ["`size` must be a whole number of at least 1, got 0", { size: 0 }],
    ["`scenes.test` must be a whole number of at least 1, got 0", { scenes: { test: 0 } }],
    ["`objects\\[1\\]` must be a whole number of at least 3, got 2", { objects: [3, 2] }],
    ["`objectSize` must rise within \\(0, 1\\], got 0.5 … 0.2", { objectSize: [0.5, 0.2] }],
    ["`overlap` must be in 0 … 1, got 2", { overlap: 2 }],
    ["`edges` must be one of half, ignore, got none", { edges: "none" as "half" }],
    ["`variation.tilt` must be in 0 … 80, got 90", { variation: { tilt: 90 } }],
  ])("says: %s", async (message, config) => {
    await expect(make(config)).rejects.toThrow(new RegExp(`^emojiScenes: .*${message}`));
  });
});
