import { nounPhrases } from "./noun-phrases.js";
import type { Tagger } from "./tagger.js";

/**
 * Finds the noun phrases of a sentence, in its order: each in lower case, its words joined by one space. A phrase that
 * is said twice is there twice.
 */
export type PhraseExtractor = (sentence: string) => readonly string[];

/** Options of `phraseExtractor`. */
export interface PhraseExtractorOptions {
  /** Determiners that stay in a phrase, since without them it would say the opposite. Default `["no"]`. */
  readonly negations?: readonly string[];
}

/**
 * Finds noun phrases: a noun with what describes it and stands before it, without its determiner.
 *
 *     "This bird has a long, thin beak and no crest."  →  "bird", "long thin beak", "no crest"
 *
 * A preposition ends a phrase ("a patch of red" is "patch" and "red"), and so do marks, emoji and words that the tagger
 * does not know, such as those of another language. Text is put into Unicode's form NFC; control characters, and those
 * that only set a direction, are dropped. Text without a noun, or no text, has no phrases. The time grows as the number
 * of words.
 *
 * @param tagger - splits a sentence and tags its words, such as `winkTagger()` of `@fovea/bimodal/wink` for English
 * @throws TypeError if a sentence is no text
 */
export function phraseExtractor(tagger: Tagger, { negations = ["no"] }: PhraseExtractorOptions = {}): PhraseExtractor {
  const kept = new Set(negations.map((word) => word.toLowerCase()));
  return (sentence) => {
    if (typeof sentence !== "string")
      throw new TypeError(`phraseExtractor: expected a sentence, which is a string, got ${String(sentence)}.`);
    const phrases = nounPhrases(tagger(plainText(sentence)), kept);
    return phrases.map((words) => words.map(({ text }) => text.toLowerCase()).join(" "));
  };
}

/**
 * In Unicode's form NFC. Control characters, halves of characters and the invisible space become spaces; marks that are
 * not seen, such as those of direction, go. The joiners stay: words of some scripts and emoji are made with them.
 */
const plainText = (text: string): string =>
  text
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cs}\u200b]/gu, " ")
    .replace(/(?![\u200c\u200d])\p{Cf}/gu, "");
