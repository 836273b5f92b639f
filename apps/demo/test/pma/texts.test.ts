import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vocabularyOf } from "@fovea/bimodal";
import { defaultsOf, type Trained } from "@fovea/experiment";
import type { Pixels } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { tellCut } from "../../src/pma/batches.js";
import { explain } from "../../src/pma/figures.js";
import type { Network } from "../../src/pma/network.js";
import { networks, type NetworkSpec } from "../../src/pma/networks.js";
import { phraseFinder, wordsIn } from "../../src/pma/phrases.js";
import { predict } from "../../src/pma/predict.js";
import { settings as spec, type Settings } from "../../src/pma/settings.js";
import type { TextSet } from "../../src/pma/task.js";
import "../../../../tools/vitest/setup.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fovea-pma-texts-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));
afterEach(() => void vi.restoreAllMocks());

const pixels: Pixels = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 };
const setOf = (texts: Readonly<Record<string, readonly string[]>>): TextSet => ({
  ...{ name: "set", classes: ["a"], skipped: [] },
  items: Object.entries(texts).map(([id, sentences]) => ({
    ...{ id, label: 0, load: () => Promise.resolve(pixels), fingerprint: () => Promise.resolve(id) },
    captions: () => Promise.resolve(sentences),
  })),
});
const vocabulary = vocabularyOf(["bird bird wing wing tail tail"]);

/** A network that keeps the words it is given. */
function listening() {
  const words: number[][][][] = [];
  const network: Network = {
    ...{ params: {}, buffers: {}, dispose: () => {} },
    forward: (_, given) => {
      words.push(given.arraySync());
      return tf.tensor2d([[1, 2]]);
    },
  };
  return { network, words };
}

describe("text of which not all is used", () => {
  it("is told for each split before training, with what uses all of it", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const splits = {
      train: setOf({ "a.png": ["a bird with a wing", "a tail"], "b.png": ["a bird"] }),
      validation: setOf({ "c.png": [`a ${"white ".repeat(16)}bird`] }),
      test: setOf({ "d.png": ["wow!"], "e.png": ["a bird"], "f.png": ["😀"] }),
    };
    await tellCut(splits, { phrasesOf: phraseFinder(), vocabulary }, { maxPhrases: 2 });
    expect(said.mock.calls.flat()).toEqual([
      "pma: train: images have up to 3 phrases (a.png), of which the first 2 are used; `--max-phrases 3` uses all",
      "pma: validation: phrases have up to 17 words (c.png), of which the last 16 are used",
      "pma: test: no phrase is found in the sentences about 2 images, which count as without text, such as d.png",
    ]);
    said.mockClear();
    await tellCut({ ...splits, validation: splits.train, test: splits.train }, { phrasesOf: phraseFinder(), vocabulary }, { maxPhrases: 3 }); // prettier-ignore
    expect(said).not.toHaveBeenCalled();
  });

  it("is told below the image", async () => {
    const asked = { model: listening().network, classes: ["a", "b"], phrasesOf: phraseFinder(), vocabulary };
    const noteOf = async (maxPhrases: number) =>
      (await explain({ ...asked, maxPhrases }, "x", pixels, ["a bird with a wing and a tail"])).figure.note;
    expect(await noteOf(2)).toContain("(the last 1 of 3 phrases not read)");
    expect(await noteOf(3)).not.toContain("not read");
  });
});

it("an image is explained by the phrases that its batch would have: each unknown word is a phrase", async () => {
  const { network, words } = listening();
  const asked = { model: network, classes: ["a", "b"], phrasesOf: phraseFinder(), vocabulary, maxPhrases: 20 };
  await explain(asked, "x", pixels, ["a zebra, a bird, a horse and a wing", "a bird"]);
  const [bird, wing] = ["bird", "wing"].map((word) => vocabulary.idOf(word));
  expect(words).toEqual([[[[1], [bird], [1], [wing]]]]); // prettier-ignore
});

describe("predict", () => {
  const ask = async (id: string, image: string) => {
    const trained = {
      ...{ model: listening().network, variant: { network: networks.find((network) => network.id === id)! } },
      ...{
        classes: ["a", "b"],
        settings: { ...defaultsOf(spec), size: 8, seed: 0 },
        saved: { vocabulary: vocabulary.toJSON(), wordDim: 2 },
      },
    } as unknown as Trained<Settings, Network, { readonly network: NetworkSpec }>;
    return predict.find(image, trained, { retries: 0, folder: ".", fail: () => undefined });
  };
  const imageWith = async (name: string, text: string) => {
    const image = join(root, `${name}.png`);
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } }).png().toFile(image); // prettier-ignore
    await writeFile(join(root, `${name}.txt`), text);
    return image;
  };

  it("refuses text without a phrase where text is needed, as it does no text", async () => {
    for (const [name, text] of [
      ["wow", "wow!\n"],
      ["emoji", "😀\n"],
      ["arabic", "طائر أبيض\n"],
    ] as const)
      // prettier-ignore
      await expect(ask("pma", await imageWith(name, text))).rejects.toThrow(
        `in ${join(root, name)}.txt, in which no phrase is found; without text use the checkpoint of \`student\`,`,
      );
    await expect(ask("pma", await imageWith("none", " \n"))).rejects.toThrow("none.txt; without text use");
    await expect(ask("pma", await imageWith("some", "wow!\ra bird\r"))).resolves.toHaveLength(1);
    await expect(ask("pma-learned", await imageWith("free", "wow!"))).resolves.toHaveLength(1);
  });
});

it("learned words are those of the training sentences, given ones those of all", async () => {
  const splits = {
    train: setOf({ a: ["a red bird", "a bird and a red wing"] }),
    validation: setOf({ b: ["a horse and a red tail"] }),
    test: setOf({ c: ["a horse"], d: ["a zebra and a horse in a herd"] }),
  };
  const path = join(root, "vectors.txt");
  await writeFile(path, "horse 1 2\nred 3 4\n");
  const wordsOf = async (kind: string) => (await wordsIn(splits, kind, { out: root })).vocabulary.toJSON().words;
  expect(await wordsOf("none")).toEqual(["bird", "red"]); // each at least twice
  expect((await wordsOf(path)).toSorted()).toEqual(["bird", "herd", "horse", "red", "tail", "wing", "zebra"]);
});
