import { requireCounts, rng } from "@fovea/nn";

/** The id of every word that is not in the vocabulary. */
export const UNKNOWN_ID = 1;

/** A vocabulary as plain JSON, to be saved with the weights that were trained with it. */
export interface SavedVocabulary {
  /** The words, from id 2. */
  readonly words: readonly string[];
  /** How often each of them was seen. */
  readonly counts: readonly number[];
  /** The `fingerprint` of the vocabulary. */
  readonly fingerprint: string;
}

/** Words and their ids. Id 0 is padding, id 1 every unknown word. `JSON.stringify` makes a `SavedVocabulary` of it. */
export interface Vocabulary {
  /** Number of ids, those of padding and of unknown words included. */
  readonly size: number;
  /** 16 hexadecimal digits that differ if any word or its id differs. */
  readonly fingerprint: string;
  /** The id of a word as it is written; 1 if it is not in the vocabulary. */
  idOf(word: string): number;
  /** The ids of the words of a phrase, which blanks separate. */
  idsOf(phrase: string): number[];
  /** Plain JSON; `vocabulary` makes the same vocabulary of it. */
  toJSON(): SavedVocabulary;
}

/** Options of `vocabularyOf`. */
export interface VocabularyOptions {
  /**
   * How often a word must be seen. Rarer words are unknown: they teach the vector of the unknown word, which with a
   * `minCount` of 1 is never trained. Default 2.
   */
  readonly minCount?: number;
  /** The largest `size`: of the words, the most frequent stay. Default: no limit. */
  readonly maxSize?: number;
}

/**
 * The vocabulary of phrases: their words by falling counts, words of one count in the order of their UTF-16 codes. The
 * order of the phrases makes no difference. Take those of the training set alone.
 *
 * @param phrases - words are separated by blanks and compared as they are written
 * @throws RangeError if no word is left, or for an option out of range
 */
export function vocabularyOf(
  phrases: Iterable<string>,
  { minCount = 2, maxSize = Number.MAX_SAFE_INTEGER }: VocabularyOptions = {},
): Vocabulary {
  requireCounts("vocabularyOf", { minCount });
  requireCounts("vocabularyOf", { maxSize }, UNKNOWN_ID + 2);
  const counts = new Map<string, number>();
  for (const phrase of phrases) for (const word of wordsOf(phrase)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const kept = [...counts].filter(([, count]) => count >= minCount).sort(byCount);
  if (kept.length === 0)
    throw new RangeError(
      `vocabularyOf: expected a word that is there at least ${minCount} times (\`minCount\`), got ${counts.size} ` +
        "different words that are rarer.",
    );
  const entries = kept.slice(0, maxSize - UNKNOWN_ID - 1);
  return indexed(
    entries.map(([word]) => word),
    entries.map(([, count]) => count),
  );
}

/**
 * The vocabulary that was saved.
 *
 * @throws RangeError for something else, a word that is there twice, or words that do not fit to the fingerprint: then
 *   the file was changed, and the ids no longer mean what they meant to the weights
 */
export function vocabulary(saved: SavedVocabulary): Vocabulary {
  const { words, counts, fingerprint } = saved;
  if (!isListOf("string", words) || !isListOf("number", counts) || words.length !== counts.length)
    throw new RangeError("vocabulary: expected `words` and `counts`, lists of one length, as `toJSON` makes them.");
  const restored = indexed(words, counts);
  if (restored.size !== words.length + UNKNOWN_ID + 1) throw new RangeError("vocabulary: a word is there twice.");
  if (restored.fingerprint !== fingerprint)
    throw new RangeError(
      `vocabulary: expected words with the fingerprint ${fingerprint}, got ${restored.fingerprint}: they were changed ` +
        "after they were saved, so that ids mean other words.",
    );
  return restored;
}

/**
 * Refuses a vocabulary that is not the one that weights were trained with.
 *
 * @param fingerprint - the fingerprint of the vocabulary of the weights
 * @throws RangeError that names both
 */
export function requireVocabulary(who: string, given: Vocabulary, fingerprint: string): void {
  if (given.fingerprint !== fingerprint)
    throw new RangeError(
      `${who}: expected the vocabulary that the weights were trained with (fingerprint ${fingerprint}), got another one ` +
        `of ${given.size} ids (fingerprint ${given.fingerprint}), in which ids mean other words. Take the vocabulary ` +
        "that was saved with the weights.",
    );
}

function indexed(words: readonly string[], counts: readonly number[]): Vocabulary {
  const ids = new Map(words.map((word, i) => [word, UNKNOWN_ID + 1 + i]));
  const idOf = (word: string) => ids.get(word) ?? UNKNOWN_ID;
  const fingerprint = fingerprintOf(words);
  return {
    size: ids.size + UNKNOWN_ID + 1,
    fingerprint,
    idOf,
    idsOf: (phrase) => wordsOf(phrase).map(idOf),
    toJSON: () => ({ words: [...words], counts: [...counts], fingerprint }),
  };
}

/** The words of a phrase, which blanks separate. */
const wordsOf = (phrase: string): string[] => phrase.split(/\s+/u).filter((word) => word !== "");

const byCount = ([a, n]: readonly [string, number], [b, m]: readonly [string, number]): number =>
  m - n || (a < b ? -1 : 1);

/** The generator hashes names into keys of 64 bits. No word has a blank, so that one separates them. */
const fingerprintOf = (words: readonly string[]): string =>
  rng(0)
    .split("vocabulary", words.join(" "))
    .key.map((half) => half.toString(16).padStart(8, "0"))
    .join("");

const isListOf = (type: string, values: unknown): boolean =>
  Array.isArray(values) && values.every((value) => typeof value === type);
