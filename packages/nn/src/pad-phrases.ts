import * as tf from "@tensorflow/tfjs-core";
import { requireCounts, requireOneOf } from "./checks.js";

/** The id of padding: after the last word of a phrase, and in place of phrases that a sample does not have. */
export const PADDING_ID = 0;

/** A phrase: the ids of its words, whole numbers of at least 1. */
export type PhraseIds = readonly number[];

/** How many phrases and words a batch may have, and how it is padded. */
export interface PhraseLimits {
  /** The most phrases of a sample. Default 20. */
  readonly maxPhrases?: number;
  /** The most words of a phrase. Default 16. */
  readonly maxWords?: number;
  /**
   * What happens to a sample with more phrases or words than that. `error`: it is named, and the batch refused. `cut`:
   * the first phrases stay, and the last words of each, since a noun phrase ends with its noun; `onCut` is told.
   * Default "error".
   */
  readonly overflow?: "error" | "cut";
  /** Told of each sample that loses phrases or words by `overflow: "cut"`. Default: nobody is told. */
  readonly onCut?: (cut: PhraseCut) => void;
  /**
   * How wide a batch is. `batch`: as its longest list of phrases and its longest phrase, at least 1 × 1. `max`: always
   * `maxPhrases` × `maxWords`, for steps that are compiled for one shape. Default "batch".
   */
  readonly pad?: "batch" | "max";
}

/** What a sample has lost. */
export interface PhraseCut {
  /** The name of the sample, such as the id of its image. */
  readonly name: string;
  /** Phrases that were left out, of `of`. */
  readonly phrases: number;
  /** Phrases that the sample had. */
  readonly of: number;
  /** Words that were left out at the beginnings of the phrases that stayed. */
  readonly words: number;
}

/** Options of `padPhrases`. */
export interface PadPhrasesOptions extends PhraseLimits {
  /** A name for each sample, such as the id of its image. Default "sample 0", "sample 1", … */
  readonly names?: readonly string[];
  /** The function that errors name. Default "padPhrases". */
  readonly who?: string;
}

/**
 * The ids of the words of phrases as one tensor, with zeros behind the last word and the last phrase. A sample without
 * phrases is all zeros.
 *
 * @example padPhrases(samples.map((phrases) => phrases.map(vocabulary.idsOf)))
 * @param samples - for each sample, for each phrase, the ids of its words
 * @returns [batch, phrase, word], int32; the caller disposes it
 * @throws RangeError for no samples, a phrase without words, an id that is no word, an option out of range, or more
 * phrases or words than allowed, with the name of the sample
 */
export function padPhrases(
  samples: readonly (readonly PhraseIds[])[],
  { names = [], who = "padPhrases", ...limits }: PadPhrasesOptions = {},
): tf.Tensor3D {
  const resolved = resolvePhraseLimits(who, limits);
  const { maxPhrases, maxWords, pad } = resolved;
  if (samples.length === 0) throw new RangeError(`${who}: expected at least one sample, got none.`);
  const rows = samples.map((phrases, at) => fitPhrases(who, names[at] ?? `sample ${at}`, phrases, resolved));
  const phrase = pad === "max" ? maxPhrases : longest(rows);
  const word = pad === "max" ? maxWords : longest(rows.flat());
  const values = new Int32Array(rows.length * phrase * word).fill(PADDING_ID);
  rows.forEach((phrases, b) => phrases.forEach((ids, p) => values.set(ids, (b * phrase + p) * word)));
  return tf.tensor3d(values, [rows.length, phrase, word], "int32");
}

/**
 * Limits with their defaults, to refuse wrong ones before the first batch is made.
 *
 * @throws RangeError that names the caller and the option: a limit below 1, or an unknown word
 */
export function resolvePhraseLimits(who: string, limits: PhraseLimits): Required<PhraseLimits> {
  const { maxPhrases = 20, maxWords = 16, overflow = "error", onCut = () => {}, pad = "batch" } = limits;
  requireCounts(who, { maxPhrases, maxWords });
  requireOneOf(who, { overflow }, ["error", "cut"]);
  requireOneOf(who, { pad }, ["batch", "max"]);
  return { maxPhrases, maxWords, overflow, onCut, pad };
}

/** The phrases of a sample, within the limits. */
function fitPhrases(
  who: string,
  name: string,
  phrases: readonly PhraseIds[],
  { maxPhrases, maxWords, overflow, onCut }: Required<PhraseLimits>,
): readonly PhraseIds[] {
  requireWords(who, name, phrases);
  if (phrases.length <= maxPhrases && longest(phrases) <= maxWords) return phrases;
  if (overflow === "error") throw new RangeError(describeOverflow(who, name, phrases, maxPhrases, maxWords));
  const kept = phrases.slice(0, maxPhrases);
  const words = kept.reduce((sum, { length }) => sum + Math.max(0, length - maxWords), 0);
  onCut({ name, phrases: phrases.length - kept.length, of: phrases.length, words });
  return kept.map((ids) => ids.slice(-maxWords));
}

function requireWords(who: string, name: string, phrases: readonly PhraseIds[]): void {
  if (phrases.some(({ length }) => length === 0))
    throw new RangeError(`${who}: expected at least one word in each phrase, got a phrase without words for ${name}.`);
  const odd = phrases.flat().find((id) => !Number.isSafeInteger(id) || id <= PADDING_ID || id >= 2 ** 31);
  if (odd !== undefined)
    throw new RangeError(
      `${who}: expected ids of words, whole numbers of at least 1 (0 is padding), got ${odd} for ${name}.`,
    );
}

function describeOverflow(
  who: string,
  name: string,
  phrases: readonly PhraseIds[],
  maxPhrases: number,
  maxWords: number,
): string {
  if (phrases.length > maxPhrases)
    return (
      `${who}: expected at most ${maxPhrases} phrases of each sample (\`maxPhrases\`), got ${phrases.length} for ` +
      `${name}; take fewer sentences or a larger \`maxPhrases\`, or keep the first ones with \`overflow: "cut"\`.`
    );
  return (
    `${who}: expected at most ${maxWords} words in each phrase (\`maxWords\`), got ${longest(phrases)} for ${name}; ` +
    'take a larger `maxWords`, or keep the last ones with `overflow: "cut"`.'
  );
}

/** The length of the longest list, at least 1. */
const longest = (lists: readonly (readonly unknown[])[]): number =>
  lists.reduce((most, { length }) => Math.max(most, length), 1);
