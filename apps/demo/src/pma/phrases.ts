import { join } from "node:path";
import { phraseExtractor, readWordVectors, vocabularyOf, type Vocabulary, type WordVectors } from "@fovea/bimodal";
import { cachedPhrases, loadWordVectors } from "@fovea/bimodal/node";
import { winkTagger } from "@fovea/bimodal/wink";
import { withProgress, type RunContext } from "@fovea/experiment";
import { wordVectors } from "@fovea/open-datasets";
import { SPLITS, type Split, type Splits } from "../own-splits.js";
import type { PhrasesOf, TextSet } from "./task.js";

/** Finds the phrases of any sentence. */
export const phraseFinder = (): PhrasesOf => {
  const extract = phraseExtractor(winkTagger());
  return (sentences) => [...new Set(sentences.flatMap((sentence) => extract(sentence)))];
};

/** The phrases of all sentences, their words, and vectors of the words. */
export interface Words {
  readonly phrasesOf: PhrasesOf;
  readonly vocabulary: Vocabulary;
  /** Undefined where they are learned. */
  readonly vectors: WordVectors | undefined;
}

/**
 * Finds the noun phrases of all sentences, which a file keeps for people to read and edit. Learned words are those of
 * the training sentences. With given vectors, which stay as they are, words of the other splits have theirs as well:
 * what they mean is known from elsewhere. Sentences that several images share count once.
 */
export async function wordsIn(
  sets: Splits<TextSet>,
  kind: string,
  { out, signal }: Pick<RunContext, "out" | "signal">,
): Promise<Words> {
  const items = Object.values(sets).flatMap(({ items }) => items);
  const extract = phraseExtractor(winkTagger());
  const table = await withProgress(
    "phrases",
    items.length,
    (to) => cachedPhrases(join(out, "phrases.jsonl"), items, extract, { onItem: (done) => to(done), signal }),
    { signal },
  );
  const phrasesOf: PhrasesOf = (sentences, { id }) => {
    const known = new Map(table.get(id)!.map(({ text, phrases }) => [text, phrases]));
    return [...new Set(sentences.flatMap((sentence) => known.get(sentence)!))];
  };
  /** Phrases of sentences that differ, or whose phrases do. */
  const distinct = (splits: readonly Split[]) => {
    const said = splits.flatMap((split) => sets[split].items).flatMap(({ id }) => table.get(id)!);
    return [...new Map(said.map((one) => [JSON.stringify(one), one.phrases])).values()].flat();
  };
  if (kind === "none") return { phrasesOf, vocabulary: vocabularyOf(distinct(["train"])), vectors: undefined };
  const vocabulary = vocabularyOf(distinct(SPLITS), { minCount: 1 });
  const vectors = kind === "glove" ? readWordVectors(wordVectors(), vocabulary) : loadWordVectors(kind, vocabulary);
  return { phrasesOf, vocabulary, vectors: await vectors };
}
