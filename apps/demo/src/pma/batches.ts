import { gatherBatches, imageSampler, joinBatches, labelsOf, wordBatches, type ImageSampler } from "@fovea/data";
import type { BatchSource } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { PmaData, TextSplit } from "./task.js";
import type { Settings } from "./settings.js";

/** The frozen trunk's maps of images with the words of their phrases. */
export type PmaBatch = { features: tf.Tensor; labels: tf.Tensor1D; words: tf.Tensor3D };

/** How much of its text an image is given at a test. */
export type TextAtTest = "none" | "one" | "all";
export const TEXTS: readonly TextAtTest[] = ["none", "one", "all"];
const SENTENCES = { none: 0, one: 1, all: "all" } as const;

type Texts = Pick<PmaData, "phrasesOf" | "vocabulary">;

/** In another random order each epoch, with sentences drawn anew, without a last, smaller batch. */
export function trainingBatches(
  split: TextSplit,
  texts: Texts,
  { batch, seed, sentences, maxPhrases }: Settings,
): BatchSource<PmaBatch> {
  const sampler = imageSampler({ labels: labelsOf(split.set), batch, seed, dropLast: true });
  return joined(split, sampler, texts, { sentences, maxPhrases, seed });
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

type WordOptions = Omit<Parameters<typeof wordBatches>[0], "set" | "sampler" | "encode">;

const joined = (
  { set, features }: TextSplit,
  sampler: ImageSampler,
  { phrasesOf, vocabulary }: Texts,
  options: WordOptions,
): BatchSource<PmaBatch> => {
  const encode = (sentences: readonly string[], image: { readonly id: string }) =>
    phrasesOf(sentences, image).map((phrase) => vocabulary.idsOf(phrase));
  const words = wordBatches({ set, sampler, encode, overflow: "cut", ...options });
  return joinBatches(gatherBatches({ features, sampler }), words);
};
