import { assertClose } from "@fovea/nn/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import {
  imageBatches,
  imageSampler,
  imageTextBatches,
  labelsOf,
  mentionsSide,
  pkSampler,
  randomCrop,
  wordBatches,
  type Captioned,
  type ImageItem,
  type ImageTextBatchesOptions,
} from "../src/index.js";
import { item, noise } from "./test-images.js";

type Item = ImageItem & Captioned;

const TEXTS = ["a bird looking left", "leftover seeds", "its RIGHT wing is up", "a bright bird"];
/** A sentence of `TEXTS` is one phrase, of one word. */
const encode = (sentences: readonly string[]) => sentences.map((sentence) => [TEXTS.indexOf(sentence) + 1]);
/** An image whose left column is black, so that mirrored ones show. */
const sidedImage = (id: string) => {
  const { data, ...size } = noise(4, 3);
  return item(id, { ...size, data: data.map((value, i) => (i % 12 < 3 ? 0 : 128 + value / 2)) });
};
const setOf = (...texts: readonly (readonly string[])[]) => ({
  name: "test",
  items: texts.map((sentences, i): Item => ({
    ...sidedImage(`image ${i}`),
    label: i % 2,
    captions: () => Promise.resolve(sentences),
  })),
});

/** Whether each image of a batch is mirrored, and the ids of its words. */
async function contentOf(options: Omit<ImageTextBatchesOptions<Item>, "encode">, step: number) {
  const source = imageTextBatches({ ...options, encode, normalization: "unit" } as ImageTextBatchesOptions<Item>);
  const batch = await source.batch(step);
  const black = batch.images.arraySync().map((rows) => rows[0]!.findIndex(([red]) => red === 0));
  const words = batch.words.arraySync().map((phrases) => phrases.flat().filter((id) => id > 0));
  tf.dispose(batch);
  for (const column of black) expect([0, 3]).toContain(column);
  return black.map((column, i) => ({ mirrored: column === 3, words: words[i]! }));
}
const manyOf = async (options: Omit<ImageTextBatchesOptions<Item>, "encode">, steps = 40) =>
  (await Promise.all(Array.from({ length: steps }, (_, step) => contentOf(options, step)))).flat();

describe("imageTextBatches", () => {
  it("gives images, labels and words, what imageBatches and wordBatches give, and no tensor more", async () => {
    const set = setOf(...TEXTS.map((text) => [text, "a bright bird"]), []);
    const before = tf.memory().numTensors;
    const batches = imageTextBatches({ set, batch: 3, sentences: 1, seed: 5, encode });
    expect(batches.stepsPerEpoch).toBe(2);
    const sampler = imageSampler({ labels: labelsOf(set), batch: 3, seed: 5 });
    for (const step of [0, 1, 2, 3]) {
      const batch = await batches.batch(step);
      expect(tf.memory().numTensors).toBe(before + 3);
      expect(Object.keys(batch).sort()).toEqual(["images", "labels", "words"]);
      const images = await imageBatches({ set, sampler }).batch(step);
      const { words } = await wordBatches({ set, sampler, sentences: 1, seed: 5, encode }).batch(step);
      assertClose(batch.images, images.images);
      expect(batch.labels.arraySync()).toEqual(images.labels.arraySync());
      expect(batch.words.arraySync()).toEqual(words.arraySync());
      tf.dispose([batch, images, words]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("mirrors half of the images whose sentences say no side, and none of the others", async () => {
    const set = setOf(...TEXTS.map((text) => [text]), []);
    const seen = await manyOf({ set, batch: 5, mirror: "unless-sided" });
    const share = (id: number | undefined) => {
      const of = seen.filter(({ words }) => words[0] === id);
      expect(of.length).toBe(40);
      return of.filter(({ mirrored }) => mirrored).length;
    };
    expect([share(1), share(3)]).toEqual([0, 0]); // left, RIGHT
    for (const id of [2, 4, undefined]) expect(Math.abs(share(id) - 20)).toBeLessThan(4 * Math.sqrt(10)); // 4 sd
  });

  it("goes by the sentences that are drawn, not by those that are not", async () => {
    const set = setOf(...Array.from({ length: 5 }, () => ["a bird looking left", "a bright bird"]));
    const seen = await manyOf({ set, batch: 5, mirror: "unless-sided", sentences: 1 });
    const mirrored = (id: number) => seen.filter((one) => one.words[0] === id && one.mirrored).length;
    expect(mirrored(1)).toBe(0);
    expect(mirrored(4)).toBeGreaterThan(25); // about 50: a half of the half with this sentence
    const both = await manyOf({ set, batch: 5, mirror: "unless-sided" });
    expect(both.some((one) => one.mirrored)).toBe(false);
    const none = await manyOf({ set, batch: 5, mirror: "unless-sided", sentences: 0 });
    expect(none.some((one) => one.mirrored)).toBe(true);
  });

  it("mirrors whatever is said, or never, or by another language", async () => {
    const set = setOf(...TEXTS.map((text) => [text]));
    const of = async (options: Partial<ImageTextBatchesOptions<Item>>) => {
      const seen = await manyOf({ set, batch: 4, ...options } as ImageTextBatchesOptions<Item>, 20);
      return TEXTS.map((_, i) => seen.some(({ words, mirrored }) => mirrored && words[0] === i + 1));
    };
    expect(await of({})).toEqual([false, false, false, false]);
    expect(await of({ mirror: true })).toEqual([true, true, true, true]);
    expect(await of({ mirror: "unless-sided", sided: (text) => text.includes("bird") })).toEqual([false, true, true, false]); // prettier-ignore
  });

  it("gives a step the same batch, whatever was asked before, and another with another seed", async () => {
    const set = setOf(...Array.from({ length: 7 }, () => TEXTS));
    const options = { set, batch: 3, sentences: 2, mirror: "unless-sided", transform: randomCrop(2), encode } as const;
    const values = async (source: ReturnType<typeof imageTextBatches>, step: number) => {
      const { images, labels, words } = await source.batch(step);
      return [images, labels, words].map((tensor) => String(tensor.dataSync()));
    };
    const one = imageTextBatches({ ...options, seed: 4 });
    const forwards = [];
    for (let step = 0; step < 6; step++) forwards.push(await values(one, step));
    const two = imageTextBatches({ ...options, seed: 4 });
    const together = await Promise.all([4, 3, 5].map((step) => values(two, step))); // as prefetching does
    expect(together).toEqual([forwards[4], forwards[3], forwards[5]]);
    expect(await values(imageTextBatches({ ...options, seed: 5 }), 4)).not.toEqual(forwards[4]);
    expect(new Set(forwards.map(([images]) => images)).size).toBe(6);
  });

  it("takes a sampler's choice", async () => {
    const set = setOf(...TEXTS.map((text) => [text]));
    const sampler = pkSampler({ labels: labelsOf(set), classes: 2, images: 2 });
    const { labels, words } = await imageTextBatches({ set, sampler, encode }).batch(1);
    const { indices, labels: of } = sampler.sample(1);
    expect([...words.dataSync()]).toEqual(indices.map((i) => i + 1));
    expect([...labels.dataSync()]).toEqual([...of]);
  });

  it("says who refuses, and what, and leaves no tensor behind", async () => {
    const set = setOf(["a bright bird", "leftover seeds"], ["a bright bird"]);
    const before = tf.memory().numTensors;
    await expect(imageTextBatches({ set, batch: 2, maxPhrases: 1, encode }).batch(0)).rejects.toThrow(
      "imageTextBatches: expected at most 1 phrases of each sample (`maxPhrases`), got 2 for image 0",
    );
    const broken = { ...set, items: [{ ...set.items[0]!, load: () => Promise.reject(new Error("bad file")) }] };
    await expect(imageTextBatches({ set: broken, batch: 1, encode }).batch(0)).rejects.toThrow("bad file");
    expect(tf.memory().numTensors).toBe(before);
    expect(() => imageTextBatches({ set, batch: 1, encode, mirror: "sided" as "unless-sided" })).toThrow(
      "imageTextBatches: `mirror` must be one of true, false, unless-sided, got sided.",
    );
    expect(() => imageTextBatches({ set, batch: 0, encode })).toThrow("imageTextBatches: `batch` must be a whole");
  });
});

describe("mentionsSide", () => {
  it.each([
    ["a bird looking left", true],
    ["Left wing raised.", true],
    ["a left-facing bird, with a crest", true],
    ["its right eye", true],
    ["the rightmost of two", true],
    ["moving leftwards", true],
    ["on the right–hand side", true],
    ["leftover seeds", false],
    ["a bright, upright bird", false],
    ["frightened and cleft", false],
    ["un oiseau à gauche", false],
    ["", false],
  ])("%j: %s", (text, expected) => expect(mentionsSide(text)).toBe(expected));
});
