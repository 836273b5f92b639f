import { phraseExtractor, vocabularyOf, type Vocabulary } from "@fovea/bimodal";
import { cachedPhrases } from "@fovea/bimodal/node";
import { winkTagger } from "@fovea/bimodal/wink";
import { withProgress } from "@fovea/experiment";
import type { Splits } from "../own-splits.js";
import type { PhrasesOf, TextSet } from "./task.js";

/** Finds the phrases of any sentence. */
export const phraseFinder = (): PhrasesOf => {
  const extract = phraseExtractor(winkTagger());
  return (sentences) => [...new Set(sentences.flatMap((sentence) => extract(sentence)))];
};

/**
 * The noun phrases of all sentences, which a file keeps for people to read and edit, and the words of the training
 * sentences. Sentences that several images share count once.
 */
export async function phrasesIn(
  sets: Splits<TextSet>,
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly phrasesOf: PhrasesOf; readonly vocabulary: Vocabulary }> {
  const items = Object.values(sets).flatMap(({ items }) => items);
  const extract = phraseExtractor(winkTagger());
  const table = await withProgress(
    "phrases",
    items.length,
    (to) => cachedPhrases(path, items, extract, { onItem: (done) => to(done), signal }),
    { signal },
  );
  const phrasesOf: PhrasesOf = (sentences, { id }) => {
    const known = new Map(table.get(id)!.map(({ text, phrases }) => [text, phrases]));
    return [...new Set(sentences.flatMap((sentence) => known.get(sentence)!))];
  };
  const training = sets.train.items.flatMap(({ id }) => table.get(id)!);
  const distinct = new Map(training.map(({ text, phrases }) => [text, phrases]));
  return { phrasesOf, vocabulary: vocabularyOf([...distinct.values()].flat()) };
}
