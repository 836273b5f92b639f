import {
  gatherBatches,
  imageSampler,
  joinBatches,
  labelsOf,
  phraseBounds,
  wordBatches,
  type ImageSampler,
} from "@fovea/data";
import { resolvePhraseLimits, type BatchSource } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { SPLITS, type Splits } from "../own-splits.js";
import type { PmaData, TextSet, TextSplit } from "./task.js";
import type { Settings } from "./settings.js";

/** The frozen trunk's maps of images with the words of their phrases. */
export type PmaBatch = { features: tf.Tensor; labels: tf.Tensor1D; words: tf.Tensor3D };

/** How much of its text an image is given at a test. */
export type TextAtTest = "none" | "one" | "all";
export const TEXTS: readonly TextAtTest[] = ["none", "one", "all"];
const SENTENCES = { none: 0, one: 1, all: "all" } as const;

type Texts = Pick<PmaData, "phrasesOf" | "vocabulary">;

/**
 * In another random order each epoch, with sentences drawn anew, without a last, smaller batch. All batches are as wide
 * as the widest can be: a step is compiled for each width, which takes as long as several steps.
 */
export async function trainingBatches(
  split: TextSplit,
  texts: Texts,
  { batch, seed, sentences, maxPhrases }: Settings,
): Promise<BatchSource<PmaBatch>> {
  const sampler = imageSampler({ labels: labelsOf(split.set), batch, seed, dropLast: true });
  const limits = resolvePhraseLimits("pma", { maxPhrases });
  const bounds = await phraseBounds({ set: split.set, encode: encoderOf(texts), sentences });
  const most = (limit: number, bound?: { readonly most: number }) => Math.min(limit, Math.max(1, bound?.most ?? 1));
  return joined(split, sampler, texts, {
    ...{ sentences, seed, pad: "max" },
    maxPhrases: most(limits.maxPhrases, bounds?.phrases),
    maxWords: most(limits.maxWords, bounds?.words),
  });
}

/** Each image once, with the first sentences about it. */
export function batchesInOrder(
  split: TextSplit,
  texts: Texts,
  { text, maxPhrases, batch = 64 }: Pick<Settings, "maxPhrases"> & { readonly text: TextAtTest; readonly batch?: number }, // prettier-ignore
): BatchSource<PmaBatch> {
  const sampler = imageSampler({ labels: labelsOf(split.set), batch, shuffle: false });
  return joined(split, sampler, texts, { sentences: SENTENCES[text], draw: "first", maxPhrases });
}

/** The phrases of sentences, each as the ids of its words. */
const encoderOf =
  ({ phrasesOf, vocabulary }: Texts) =>
  (sentences: readonly string[], image: { readonly id: string }) =>
    phrasesOf(sentences, image).map((phrase) => vocabulary.idsOf(phrase));

/** Says once for each split what batches leave out of the text, and how many images have text but no phrase. */
export async function tellCut(
  splits: Splits<TextSet>,
  texts: Texts,
  { maxPhrases }: Pick<Settings, "maxPhrases">,
): Promise<void> {
  const { maxWords } = resolvePhraseLimits("pma", { maxPhrases });
  for (const split of SPLITS) {
    const say = (text: string) => console.error(`pma: ${split}: ${text}`);
    const { phrases, words } = (await phraseBounds({ set: splits[split], encode: encoderOf(texts) }))!;
    if (phrases.most > maxPhrases)
      say(
        `images have up to ${phrases.most} phrases (${phrases.id}), of which the first ${maxPhrases} are used; ` +
          `\`--max-phrases ${phrases.most}\` uses all`,
      );
    if (words.most > maxWords)
      say(`phrases have up to ${words.most} words (${words.id}), of which the last ${maxWords} are used`);
    const without = await withoutPhrase(splits[split], texts);
    if (without.length > 0)
      say(`no phrase is found in the sentences about ${without.length} images, which count as without text, such as ${without[0]!}`); // prettier-ignore
  }
}

/** The images with sentences in none of which a phrase is found. */
async function withoutPhrase({ items }: TextSet, { phrasesOf }: Texts): Promise<string[]> {
  const counts = items.map(async (item) => phrasesOf(await item.captions(), item).length);
  const found = await Promise.all(counts);
  return items.filter((_, i) => found[i] === 0).map(({ id }) => id);
}

type WordOptions = Omit<Parameters<typeof wordBatches>[0], "set" | "sampler" | "encode">;

const joined = (
  { set, features }: TextSplit,
  sampler: ImageSampler,
  texts: Texts,
  options: WordOptions,
): BatchSource<PmaBatch> => {
  const words = wordBatches({ set, sampler, encode: encoderOf(texts), overflow: "cut", ...options }); // see `tellCut`
  return joinBatches(gatherBatches({ features, sampler }), words);
};
