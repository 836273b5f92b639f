import type { Nouns, Synset } from "../wordnet.js";
import type { Emoji } from "./catalogue.js";
import type { TextClass } from "./text-classes.js";

/** The words of a text that the eye separates; "cud-chewing" is one. */
const WORD = /[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*/gu;

const partsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * The sense that an emoji's name has in its class: of the longest end of the name that WordNet knows in one of the
 * class's fields ("guide dog", else "dog"), the most frequent sense in the first such field. A head's name is the
 * animal's.
 */
export function senseOf({ label }: Emoji, { fields }: TextClass, nouns: Nouns): Synset | undefined {
  const words = partsOf(
    label
      .normalize("NFD")
      .replace(/[\u0300-\u036f’']/g, "")
      .replace(/ face$/, ""),
  );
  for (let from = 0; from < words.length; from++)
    for (const lemma of singulars(words.slice(from).join(" "))) {
      const senses = nouns(lemma);
      for (const field of fields) {
        const sense = senses.find((sense) => sense.field === field);
        if (sense) return sense;
      }
    }
  return undefined;
}

const singulars = (word: string): string[] => [
  word,
  word.replace(/s$/, ""),
  word.replace(/es$/, ""),
  word.replace(/ies$/, "y"),
];

/** The definitions in a gloss, each a sentence; not the examples of how the word is used, which say little of the thing. */
export const definitionsOf = ({ gloss }: Synset): string[] =>
  gloss
    .replace(/"[^"]*("|$)/g, "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** The text without any word that one of `names` has, in whichever plain inflection. Empty if less than two stay. */
export function withoutNames(text: string, names: readonly string[]): string {
  const stems = new Set(names.flatMap(partsOf).map(stem));
  const kept = text
    .replace(WORD, (word) => (partsOf(word).some((part) => stems.has(stem(part))) ? "" : word))
    .replace(/\(\s*\)/g, "")
    .replace(/\s+([,):])/g, "$1")
    .replace(/\s+/g, " ")
    .replace(/^[\s,:.]+|[\s,:]+$/g, "");
  return (kept.match(WORD) ?? []).length < 2 ? "" : kept;
}

/** A word without the ending of a plural, a participle or an adjective: "berries", "berry" → "berr". */
const stem = (word: string): string =>
  word.length < 4 ? word.replace(/s$/, "") : word.replace(/(?:ies|es|s|ed|ing|y|e)$/, "");
