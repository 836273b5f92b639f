import { requireCounts, type PhraseIds } from "@fovea/nn";
import { realSentences, type Captioned } from "./captions.js";
import type { CaptionedImages } from "./drawn-sentences.js";
import type { ImageItem } from "./image.js";
import type { EncodeOptions } from "./word-batches.js";

/** What `phraseBounds` looks at: the same values as `wordBatches` is given. */
export interface PhraseBoundsOptions<Item extends ImageItem & Captioned> extends Pick<
  EncodeOptions<Item>,
  "encode" | "sentences"
> {
  /** The images, with sentences. */
  readonly set: CaptionedImages<Item>;
}

/** A number that no image of a set exceeds, and the image that has it. */
export interface PhraseBound {
  readonly most: number;
  readonly id: string;
}

/**
 * The most phrases that an image can have in a batch, and the most words of a phrase: values of `maxPhrases`
 * and `maxWords` with which nothing overflows in the middle of a run. Of
 * `sentences` that are drawn, those with the most phrases are counted, so that fewer phrases may come in fact.
 *
 * @returns undefined for a set without images
 */
export async function phraseBounds<Item extends ImageItem & Captioned>({
  set,
  encode,
  sentences = "all",
}: PhraseBoundsOptions<Item>): Promise<{ phrases: PhraseBound; words: PhraseBound } | undefined> {
  if (sentences !== "all") requireCounts("phraseBounds", { sentences }, 0);
  const [phrases, words]: [PhraseBound[], PhraseBound[]] = [[], []];
  for (const item of set.items) {
    const texts = realSentences(await item.captions());
    const all = await encode(texts, item);
    const alone: (readonly PhraseIds[])[] = [];
    for (const sentence of texts) alone.push(await encode([sentence], item));
    phrases.push({ most: mostPhrases(all.length, alone, sentences), id: item.id });
    words.push({ most: mostOf([...all, ...alone.flat()].map(({ length }) => length)), id: item.id });
  }
  return phrases.length === 0 ? undefined : { phrases: largest(phrases), words: largest(words) };
}

/** At most those of all sentences, and at most those of the sentences that have the most. */
function mostPhrases(all: number, alone: readonly (readonly PhraseIds[])[], sentences: number | "all"): number {
  if (sentences === "all") return all;
  const counts = alone.map(({ length }) => length).sort((a, b) => b - a);
  const largest = counts.slice(0, sentences).reduce((a, b) => a + b, 0);
  return Math.min(all, largest);
}

const mostOf = (counts: readonly number[]): number => counts.reduce((a, b) => Math.max(a, b), 0);

const largest = (bounds: readonly PhraseBound[]): PhraseBound => bounds.reduce((a, b) => (b.most > a.most ? b : a));
