import { rng, type PhraseCut } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import {
  gatherBatches,
  imageSampler,
  joinBatches,
  phraseBounds,
  pkSampler,
  wordBatches,
  type Captioned,
  type ImageItem,
  type WordBatchesOptions,
} from "../src/index.js";
import { describeOnEngines } from "../../../tools/vitest/engines.js";
import { item, plain } from "./test-images.js";

type Item = ImageItem & Captioned;

/** Sentences are phrases parted by `|`, phrases are ids parted by blanks: "3 4 | 5". */
const encode = (sentences: readonly string[]) =>
  sentences.flatMap((sentence) => sentence.split("|").map((phrase) => phrase.trim().split(" ").filter(Boolean).map(Number))); // prettier-ignore
const setOf = (...texts: readonly (readonly string[])[]) => ({
  name: "test",
  items: texts.map((sentences, i): Item => ({
    ...item(`image ${i}`, plain(1, 1, [0, 0, 0])),
    captions: () => Promise.resolve(sentences),
  })),
});
const inOrderOf = ({ items }: { readonly items: readonly Item[] }, batch = items.length) =>
  imageSampler({ labels: items.map(() => 0), batch, shuffle: false });

type Options = Partial<WordBatchesOptions<Item>> & Pick<WordBatchesOptions<Item>, "set">;
const batchesOf = (options: Options) => wordBatches({ sampler: inOrderOf(options.set), encode, ...options });
async function wordsOf(options: Options, step = 0) {
  const { words } = await batchesOf(options).batch(step);
  const values = words.arraySync();
  words.dispose();
  return values;
}

describeOnEngines("wordBatches", () => {
  it("is [batch, phrase, word] of int32, padded with 0 as far as the batch needs, one tensor a batch and no more", async () => {
    const set = setOf(["3 4 | 5", "6 7 8"], ["9"], []);
    const before = tf.memory().numTensors;
    const batch = await batchesOf({ set }).batch(0);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect([Object.keys(batch), batch.words.dtype]).toEqual([["words"], "int32"]);
    expect(batch.words.arraySync()).toEqual([
      [[3, 4, 0], [5, 0, 0], [6, 7, 8]], // prettier-ignore
      [[9, 0, 0], [0, 0, 0], [0, 0, 0]], // prettier-ignore
      [[0, 0, 0], [0, 0, 0], [0, 0, 0]], // prettier-ignore
    ]);
    tf.dispose(batch);
  });
});

describe("wordBatches", () => {
  it("has always the same shape if told so, and at least one place", async () => {
    const set = setOf(["3 4 | 5"], []);
    const shape = async (options: Partial<Options>, step: number) => {
      const { words } = await batchesOf({ set, sampler: inOrderOf(set, 1), ...options }).batch(step);
      return words.shape;
    };
    expect(await shape({}, 0)).toEqual([1, 2, 2]);
    expect(await shape({}, 1)).toEqual([1, 1, 1]);
    for (const step of [0, 1]) {
      expect(await shape({ pad: "max", maxPhrases: 3, maxWords: 5 }, step)).toEqual([1, 3, 5]);
      expect(await shape({ pad: "max" }, step)).toEqual([1, 20, 16]);
    }
    expect(await wordsOf({ set, pad: "max", maxPhrases: 3, maxWords: 3 })).toEqual([
      [[3, 4, 0], [5, 0, 0], [0, 0, 0]], // prettier-ignore
      [[0, 0, 0], [0, 0, 0], [0, 0, 0]], // prettier-ignore
    ]);
  });

  it("has the phrases as `encode` gives them: whoever drops one knows which", async () => {
    const set = setOf(["3 4 | 1", "1 | 3 4 | 4 3"]); // 1 may be two unknown words
    expect(await wordsOf({ set })).toEqual([[[3, 4], [1, 0], [1, 0], [3, 4], [4, 3]]]); // prettier-ignore
  });

  it("passes the sentences of the image that the sampler chose to `encode`, with the image", async () => {
    const set = setOf(["a", " ", "b"], ["c"], ["d"]);
    const seen: unknown[] = [];
    const sampler = { stepsPerEpoch: 1, sample: () => ({ indices: [2, 0], labels: Int32Array.of(0, 0) }) };
    const later = async (sentences: readonly string[], { id }: Item) => {
      seen.push([id, sentences]);
      return Promise.resolve([[id === "image 2" ? 7 : 8]]);
    };
    expect(await wordsOf({ set, sampler, encode: later })).toEqual([[[7]], [[8]]]);
    expect(seen.toSorted()).toEqual([["image 0", ["a", "b"]], ["image 2", ["d"]]]); // prettier-ignore
  });

  it("draws k different sentences in their order, others at another step, seed and row, each as often", async () => {
    const texts = ["1", "2", "3", "4", "5"];
    const set = setOf(...Array.from({ length: 50 }, () => texts));
    const drawn = async (options: Partial<Options>, step = 0) =>
      (await wordsOf({ set, sentences: 2, ...options }, step)).map((phrases) => phrases.flat());
    const rows = await drawn({});
    for (const [a, b] of rows) expect(a! < b! && b! <= 5 && a! >= 1).toBe(true);
    expect(new Set(rows.map(String)).size).toBe(10); // C(5, 2), all of which come in 50 rows
    expect(await drawn({})).toEqual(rows);
    expect(await drawn({}, 1)).not.toEqual(rows);
    expect(await drawn({ seed: 1 })).not.toEqual(rows);
    const many = (await Promise.all(Array.from({ length: 20 }, (_, step) => drawn({}, step)))).flat(2);
    const counts = texts.map((_, i) => many.filter((id) => id === i + 1).length); // of 2000 draws, 400 each
    const sd = Math.sqrt(1000 * 0.4 * 0.6); // 1000 rows, each with the sentence in 2 cases of 5
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(4 * sd);
  });

  it("takes all sentences, the first ones, none, or all that there are", async () => {
    const set = setOf(["1", "2", "3"], ["4"]);
    const at = async (options: Partial<Options>) =>
      Promise.all([0, 1, 2].map((step) => wordsOf({ set, ...options }, step)));
    const all = [[[1], [2], [3]], [[4], [0], [0]]]; // prettier-ignore
    expect(await at({})).toEqual([all, all, all]);
    expect(await at({ sentences: 3 })).toEqual([all, all, all]);
    expect(await at({ sentences: 9 })).toEqual([all, all, all]);
    const first = [[[1], [2]], [[4], [0]]]; // prettier-ignore
    expect(await at({ sentences: 2, draw: "first" })).toEqual([first, first, first]);
    expect(await wordsOf({ set, sentences: 0 })).toEqual([[[0]], [[0]]]);
  });

  it("gives a step the same batch, whatever was asked before", async () => {
    const set = setOf(...Array.from({ length: 7 }, (_, i) => [1, 2, 3, 4].map((k) => `${4 * i + k}`)));
    const sampler = imageSampler({ labels: set.items.map(() => 0), batch: 3, seed: 2 });
    const make = () => batchesOf({ set, sampler, sentences: 2, seed: 2 });
    const values = async (source: ReturnType<typeof make>, step: number) =>
      (await source.batch(step)).words.arraySync();
    const one = make();
    const forwards = [];
    for (const step of [0, 1, 2, 3, 4, 5]) forwards.push(await values(one, step));
    const two = make();
    const together = await Promise.all([5, 3, 4].map((step) => values(two, step))); // as prefetching does
    expect(together).toEqual([forwards[5], forwards[3], forwards[4]]);
    expect(one.stepsPerEpoch).toBe(3);
    const images = forwards.map((words) => words.map((phrases) => Math.floor((phrases[0]![0]! - 1) / 4)));
    expect(images).toEqual([0, 1, 2, 3, 4, 5].map((step) => sampler.sample(step).indices)); // the words of these images
  });

  it("names the image that has more phrases or words than the limits, and what can be done", async () => {
    const set = setOf(["1"], ["1 | 2", "3"], ["1 2 3"]);
    await expect(batchesOf({ set, maxPhrases: 2 }).batch(0)).rejects.toThrow(
      "wordBatches: expected at most 2 phrases of each sample (`maxPhrases`), got 3 for image 1; take fewer sentences " +
        'or a larger `maxPhrases`, or keep the first ones with `overflow: "cut"`.',
    );
    await expect(batchesOf({ set, maxWords: 2 }).batch(0)).rejects.toThrow(
      "wordBatches: expected at most 2 words in each phrase (`maxWords`), got 3 for image 2; take a larger `maxWords`, " +
        'or keep the last ones with `overflow: "cut"`.',
    );
    const twenty = Array.from({ length: 20 }, (_, i) => `${i + 1}`);
    await expect(wordsOf({ set: setOf(twenty) })).resolves.toHaveLength(1);
    await expect(wordsOf({ set: setOf([...twenty, "21"]) })).rejects.toThrow("got 21 for image 0");
    const long = setOf([Array.from({ length: 10_000 }, (_, i) => i + 1).join(" | ")]);
    await expect(wordsOf({ set: long })).rejects.toThrow("got 10000 for image 0");
  });

  it("cuts if told so, and says what", async () => {
    const set = setOf(["1 | 2", "3"], ["1 2 3 4 | 5 6 7", "8"], ["9"]);
    const cuts: PhraseCut[] = [];
    const words = await wordsOf({ set, maxPhrases: 2, maxWords: 2, overflow: "cut", onCut: (cut) => cuts.push(cut) });
    expect(words).toEqual([[[1, 0], [2, 0]], [[3, 4], [6, 7]], [[9, 0], [0, 0]]]); // prettier-ignore
    expect(cuts).toEqual([
      { name: "image 0", phrases: 1, of: 3, words: 0 },
      { name: "image 1", phrases: 1, of: 3, words: 3 },
    ]);
  });

  it("refuses what is no id, a sampler of another set and limits that mean nothing", async () => {
    for (const [text, id] of [
      ["0", "0"],
      ["3 -1", "-1"],
      ["1.5", "1.5"],
      ["x", "NaN"],
      [`${2 ** 31}`, `${2 ** 31}`],
    ])
      // prettier-ignore
      await expect(wordsOf({ set: setOf(["1"], [text!]) })).rejects.toThrow(
        `wordBatches: expected ids of words, whole numbers of at least 1 (0 is padding), got ${id} for image 1.`,
      );
    const set = setOf(["1"]);
    const before = tf.memory().numTensors;
    await expect(wordsOf({ set, sampler: inOrderOf(setOf([], [])) })).rejects.toThrow(
      "wordBatches: the sampler asks for image 1, but test has 1.",
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(() => batchesOf({ set, maxPhrases: 0 })).toThrow("wordBatches: `maxPhrases` must be a whole number");
    expect(() => batchesOf({ set, maxWords: 0.5 })).toThrow("wordBatches: `maxWords` must be a whole number");
    expect(() => batchesOf({ set, sentences: -1 })).toThrow("wordBatches: `sentences` must be a whole number");
    expect(() => batchesOf({ set, draw: "last" as "first" })).toThrow(
      "wordBatches: `draw` must be one of random, first",
    );
    expect(() => batchesOf({ set, pad: "no" as "max" })).toThrow("wordBatches: `pad` must be one of batch, max");
    expect(() => batchesOf({ set, overflow: "" as "cut" })).toThrow(
      "wordBatches: `overflow` must be one of error, cut",
    );
  });
});

describe("phraseBounds", () => {
  it("says what no batch exceeds, and some batch of all sentences reaches", async () => {
    const set = setOf(["1 | 2", "3", "4 5 6"], ["1 | 2 | 3", "4", "5"], []);
    expect(await phraseBounds({ set, encode })).toEqual({
      phrases: { most: 5, id: "image 1" }, // 1, 2, 3, 4, 5
      words: { most: 3, id: "image 0" },
    });
    expect((await phraseBounds({ set, encode, sentences: 1 }))!.phrases).toEqual({ most: 3, id: "image 1" });
    expect((await phraseBounds({ set, encode, sentences: 2 }))!.phrases).toEqual({ most: 4, id: "image 1" });
    expect((await phraseBounds({ set, encode, sentences: 0 }))!.phrases.most).toBe(0);
    expect(await phraseBounds({ set: setOf(), encode })).toBeUndefined();
    const once = (sentences: readonly string[]) => [...new Set(encode(sentences).map(String))].map((ids) => [Number(ids)]); // prettier-ignore
    expect((await phraseBounds({ set: setOf(["1 | 2", "2 | 1"]), encode: once }))!.phrases.most).toBe(2);
  });

  it("is enough for every draw", async () => {
    const random = rng(3);
    const text = (i: number, k: number) =>
      Array.from(random.split(i, k).uint32(1 + random.split("n", i, k).integer(4)), (x) => 1 + (x % 9)).join(" | ");
    const set = setOf(...Array.from({ length: 12 }, (_, i) => [0, 1, 2, 3].map((k) => text(i, k))));
    for (const sentences of [1, 2, 3, "all"] as const) {
      const { phrases, words } = (await phraseBounds({ set, encode, sentences }))!;
      const options = { set, sentences, maxPhrases: phrases.most, maxWords: words.most };
      for (let step = 0; step < 10; step++) await wordsOf(options, step);
    }
  });
});

describeOnEngines("joinBatches", () => {
  const set = setOf(["1"], ["2"], ["3"], ["4"]);
  const labels = [0, 1, 0, 1];
  const features = { values: Float32Array.of(10, 20, 30, 40), shape: [4, 1] };

  it("shows features with the words about the same image, from any sampler", async () => {
    for (const sampler of [imageSampler({ labels, batch: 3 }), pkSampler({ labels, classes: 2, images: 1 })]) {
      const joined = joinBatches(gatherBatches({ features, sampler }), batchesOf({ set, sampler }));
      expect(joined.stepsPerEpoch).toBe(2);
      const before = tf.memory().numTensors;
      for (const step of [0, 1, 2]) {
        const batch = await joined.batch(step);
        expect(Object.keys(batch).sort()).toEqual(["features", "labels", "words"]);
        expect(Array.from(batch.features.dataSync(), (x) => x / 10)).toEqual([...batch.words.dataSync()]);
        expect([...batch.labels.dataSync()]).toEqual([...sampler.sample(step).labels]);
        tf.dispose(batch);
      }
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it("keeps one of two equal tensors of a name, and refuses different ones without a leak", async () => {
    const sampler = imageSampler({ labels, batch: 2, seed: 1 });
    const other = imageSampler({ labels, batch: 2, seed: 2 });
    const [a, b] = [sampler, other].map((sampler) => gatherBatches({ features, sampler }));
    const before = tf.memory().numTensors;
    const batch = await joinBatches(a!, a!).batch(0);
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(batch.labels.shape).toEqual([2]);
    tf.dispose(batch);
    expect(tf.memory().numTensors).toBe(before);
    await expect(joinBatches(a!, b!).batch(0)).rejects.toThrow(
      /^joinBatches: expected two sources with the same sampler, got different `(labels|features)` at step 0\.$/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses epochs or batches of different sizes, and frees what one has made if the other fails", async () => {
    const sampler = imageSampler({ labels, batch: 2 });
    const words = batchesOf({ set, sampler });
    const gathered = gatherBatches({ features, sampler });
    expect(() => joinBatches(gathered, batchesOf({ set }))).toThrow(
      "joinBatches: expected two sources with the same sampler, got 2 and 1 steps an epoch.",
    );
    const before = tf.memory().numTensors;
    const uneven = gatherBatches({ features, sampler: imageSampler({ labels, batch: 3 }) });
    await expect(joinBatches(uneven, words).batch(0)).rejects.toThrow("got 3 and 2 samples at step 0.");
    const failing = { stepsPerEpoch: 2, batch: () => Promise.reject(new Error("broken")) };
    await expect(joinBatches(gathered, failing).batch(0)).rejects.toThrow("broken");
    await expect(joinBatches(failing, gathered).batch(0)).rejects.toThrow("broken");
    expect(tf.memory().numTensors).toBe(before);
  });
});
