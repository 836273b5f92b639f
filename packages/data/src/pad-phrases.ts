import { requireCounts, requireOneOf } from "@fovea/nn";

/** A phrase: the ids of its words, whole numbers of at least 1. */
export type PhraseIds = readonly number[];

/** How many phrases and words a batch may have, and how it is padded. */
export interface PhraseLimits {
  /** The most phrases of an image. Default 20. */
  readonly maxPhrases?: number;
  /** The most words of a phrase. Default 16. */
  readonly maxWords?: number;
  /**
   * What happens to an image with more phrases or words than that. `error`: it is named, and the batch refused. `cut`:
   * the first ones stay, and `onCut` is told. Default "error".
   */
  readonly overflow?: "error" | "cut";
  /** Told of each image that loses phrases or words by `overflow: "cut"`. Default: nobody is told. */
  readonly onCut?: (cut: PhraseCut) => void;
  /**
   * How wide a batch is. `batch`: as its longest list of phrases and its longest phrase, at least 1 × 1. `max`: always
   * `maxPhrases` × `maxWords`, for steps that are compiled for one shape. Default "batch".
   */
  readonly pad?: "batch" | "max";
}

/** What an image has lost. */
export interface PhraseCut {
  readonly id: string;
  /** Phrases that were left out, of `of`. */
  readonly phrases: number;
  /** Different phrases that the image had. */
  readonly of: number;
  /** Words that were left out at the ends of the phrases that stayed. */
  readonly words: number;
}

/** Limits with their defaults. @throws RangeError for a limit below 1 or an unknown word */
export function resolvePhraseLimits(who: string, limits: PhraseLimits): Required<PhraseLimits> {
  const { maxPhrases = 20, maxWords = 16, overflow = "error", onCut = () => {}, pad = "batch" } = limits;
  requireCounts(who, { maxPhrases, maxWords });
  requireOneOf(who, { overflow }, ["error", "cut"]);
  requireOneOf(who, { pad }, ["batch", "max"]);
  return { maxPhrases, maxWords, overflow, onCut, pad };
}

/** Phrases of the same words once, where the first of them stands, and those without words not at all. */
export const distinctPhrases = (phrases: readonly PhraseIds[]): readonly PhraseIds[] => [
  ...new Map(phrases.filter(({ length }) => length > 0).map((phrase) => [phrase.join(), phrase])).values(),
];

/**
 * The phrases of an image that come into a batch: those of the same words once, those without words not at all, within
 * the limits. @throws RangeError for an id that is no word, or too many phrases or words, with the image's id
 */
export function fitPhrases(
  who: string,
  id: string,
  phrases: readonly PhraseIds[],
  { maxPhrases, maxWords, overflow, onCut }: Required<PhraseLimits>,
): readonly PhraseIds[] {
  for (const word of phrases.flat())
    if (!Number.isSafeInteger(word) || word < 1 || word >= 2 ** 31)
      throw new RangeError(
        `${who}: expected ids of words of at least 1 from \`encode\` (0 is padding), got ${word} for ${id}.`,
      );
  const distinct = distinctPhrases(phrases);
  const longest = distinct.reduce((most, { length }) => Math.max(most, length), 0);
  if (distinct.length <= maxPhrases && longest <= maxWords) return distinct;
  if (overflow === "error")
    throw new RangeError(describeOverflow(who, id, distinct.length, longest, maxPhrases, maxWords));
  const kept = distinct.slice(0, maxPhrases);
  const words = kept.reduce((sum, { length }) => sum + Math.max(0, length - maxWords), 0);
  onCut({ id, phrases: distinct.length - kept.length, of: distinct.length, words });
  return kept.map((phrase) => phrase.slice(0, maxWords));
}

function describeOverflow(
  who: string,
  id: string,
  phrases: number,
  words: number,
  maxPhrases: number,
  maxWords: number,
) {
  const many = phrases > maxPhrases;
  const what = many
    ? `${phrases} phrases, more than \`maxPhrases\` (${maxPhrases})`
    : `a phrase of ${words} words, more than \`maxWords\` (${maxWords})`;
  const choices = many ? "fewer `sentences`, a larger `maxPhrases`" : "a larger `maxWords`";
  return `${who}: ${id} has ${what}; choose ${choices}, or \`overflow: "cut"\`. \`phraseBounds\` tells before a run what is enough.`;
}

/** The ids of a batch, [batch, phrase, word], padded with 0. */
export interface PaddedPhrases {
  readonly values: Int32Array;
  readonly shape: [batch: number, phrase: number, word: number];
}

/** Phrases of different number and length as one block of numbers. */
export function padPhrases(
  rows: readonly (readonly PhraseIds[])[],
  { pad, maxPhrases, maxWords }: Required<PhraseLimits>,
): PaddedPhrases {
  const most = (lengths: readonly number[]) => lengths.reduce((a, b) => Math.max(a, b), 1);
  const phrases = pad === "max" ? maxPhrases : most(rows.map(({ length }) => length));
  const words = pad === "max" ? maxWords : most(rows.flat().map(({ length }) => length));
  const values = new Int32Array(rows.length * phrases * words);
  rows.forEach((row, b) => row.forEach((phrase, p) => values.set(phrase, (b * phrases + p) * words)));
  return { values, shape: [rows.length, phrases, words] };
}
