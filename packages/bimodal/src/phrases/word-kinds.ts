import type { TaggedWord } from "./tagger.js";

/** What a word is to a phrase. */
export type Kind =
  | "noun"
  | "adjective"
  | "number"
  | "adverb"
  | "verb"
  | "determiner"
  | "preposition"
  | "auxiliary"
  | "conjunction"
  | "comma"
  | "mark"
  | "other";

const kindOfTag: ReadonlyMap<string, Kind> = new Map([
  ["NOUN", "noun"],
  ["PROPN", "noun"],
  ["ADJ", "adjective"],
  ["NUM", "number"],
  ["ADV", "adverb"],
  ["VERB", "verb"],
  ["DET", "determiner"],
  ["ADP", "preposition"],
  ["AUX", "auxiliary"],
  ["CCONJ", "conjunction"],
]);

/** The commas of Latin, Arabic and East Asian scripts. */
const COMMAS: ReadonlySet<string> = new Set([",", "،", "、", "，"]);
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/**
 * What each word is. Whatever has neither letter nor digit is a mark, whatever its tag.
 *
 * @param negations - words such as "no", in lower case: they stay in the phrase, as numbers do
 */
export const kindsOf = (words: readonly TaggedWord[], negations: ReadonlySet<string>): Kind[] =>
  words.map(({ text, tag }) => {
    if (COMMAS.has(text)) return "comma";
    if (!LETTER_OR_DIGIT.test(text)) return "mark";
    if (negations.has(text.toLowerCase())) return "number";
    return kindOfTag.get(tag) ?? "other";
  });
