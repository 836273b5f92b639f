import { padPhrases, resolvePhraseLimits, type BatchSource, type PhraseIds, type PhraseLimits } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Captioned } from "./captions.js";
import { drawnSentences, type CaptionedImages, type SentenceOptions, type SentencesAt } from "./drawn-sentences.js";
import type { ImageItem } from "./image.js";
import type { ImageSampler } from "./image-sampler.js";
import { itemAt } from "./load-views.js";

/** The words about the images of a batch. The caller disposes it. */
export type WordBatch = {
  /**
   * [batch, phrase, word], int32: ids of words, from 1. 0 is padding: after the last word of a phrase, and for phrases
   * that an image does not have. So a phrase is real where its first word is not 0.
   */
  words: tf.Tensor3D;
};

/** How sentences become phrases of numbers, and how many there may be. */
export interface EncodeOptions<Item> extends SentenceOptions, PhraseLimits {
  /**
   * The phrases of the sentences, each as the ids of its words, at least one, whole numbers of at least 1. They come
   * into the batch as they are and in this order: whoever counts a phrase once that several sentences have drops it
   * here, by its text, since different unknown words have one id.
   */
  readonly encode: (sentences: readonly string[], item: Item) => readonly PhraseIds[] | Promise<readonly PhraseIds[]>;
}

/** The images whose sentences are taken, and the sampler that chooses them. */
export interface WordBatchesOptions<Item extends ImageItem & Captioned> extends EncodeOptions<Item> {
  /** The images, with sentences: from `imageTextList` or `readCaptions`. */
  readonly set: CaptionedImages<Item>;
  /** Chooses images by their index in `set.items`: the same one as that of the images or features. */
  readonly sampler: ImageSampler;
  /** Seed of the draws of sentences. Default 0. */
  readonly seed?: number;
}

/**
 * The words about the images that a sampler chooses, to stand beside their pixels or their features:
 *
 *     joinBatches(gatherBatches({ features, sampler }), wordBatches({ set, sampler, encode }))
 *
 * Random choices depend on `seed` and the step only, so a resumed run sees what the uninterrupted one would have. An
 * image without sentences has no phrases: a row of zeros.
 *
 * @throws RangeError for a limit that is out of range; from `batch` if the sampler points outside the set, `encode`
 *   gives an id below 1, or an image has more phrases or words than the limits (unless `overflow` is "cut";
 *   `phraseBounds` tells before a run what is enough)
 */
export function wordBatches<Item extends ImageItem & Captioned>(
  options: WordBatchesOptions<Item>,
): BatchSource<WordBatch> {
  return wordBatchesOf("wordBatches", options, drawnSentences("wordBatches", options.set, options));
}

/** @param who - who says it if something is wrong */
export function wordBatchesOf<Item extends ImageItem & Captioned>(
  who: string,
  options: WordBatchesOptions<Item>,
  sentencesAt: SentencesAt,
): BatchSource<WordBatch> {
  const { set, sampler, encode } = options;
  const limits = resolvePhraseLimits(who, options);
  const batch = async (step: number) => {
    const { indices } = sampler.sample(step);
    const rows = indices.map(async (index, row) => {
      const sentences = await sentencesAt({ step, row, index });
      return encode(sentences, itemAt(who, set, index));
    });
    const samples = await Promise.all(rows);
    const names = indices.map((index) => itemAt(who, set, index).id);
    return { words: padPhrases(samples, { ...limits, names, who }) };
  };
  return { stepsPerEpoch: sampler.stepsPerEpoch, batch };
}
