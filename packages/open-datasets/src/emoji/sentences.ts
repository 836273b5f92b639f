import { isA, type Nouns, type Synset } from "../wordnet.js";
import type { Emoji } from "./catalogue.js";
import { misunderstood, type TextClass } from "./text-classes.js";

/** The words of a text that the eye separates; "cud-chewing" is one. */
const WORD = /[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*/gu;

const partsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/**
 * The sense that an emoji's name has in its class: of the longest end of the name that names one of the class's kinds
 * ("guide dog", else "dog"), the first kind's most frequent sense. The name of an animal's face is the animal's.
 */
export function senseOf({ label }: Emoji, { kinds }: TextClass, nouns: Nouns): Synset | undefined {
  if (misunderstood.includes(label)) return undefined;
  const words = partsOf(
    label
      .normalize("NFD")
      .replace(/[\u0300-\u036f’']/g, "")
      .replace(/ face$/, ""),
  );
  for (let from = 0; from < words.length; from++)
    for (const lemma of singulars(words.slice(from).join(" "))) {
      const senses = nouns(lemma);
      const [sense] = kinds.flatMap((kind) => senses.filter((sense) => isA(sense, kind)));
      if (sense) return sense;
    }
  return undefined;
}

const singulars = (word: string): string[] => [
  word,
  word.replace(/s$/, ""),
  word.replace(/es$/, ""),
  word.replace(/ies$/, "y"),
];

/**
 * The definitions in a gloss, each a sentence, without those words that `isName` says. The examples of how a word is
 * used are left out: they say little of the thing.
 */
export const definitionsOf = ({ gloss }: Synset, isName: (word: string) => boolean): string[] =>
  gloss
    .replace(/"[^"]*("|$)/g, "")
    .split(";")
    .map((part) => withoutNames(part.trim(), isName))
    .filter((part) => part !== "");

/** An emoji's keywords as one sentence, or none if all are names. */
export function keywordsOf({ tags }: Emoji, isName: (word: string) => boolean): string[] {
  const kept = tags.filter((tag) => !(tag.match(WORD) ?? []).some(isName));
  return kept.length === 0 ? [] : [kept.join(", ")];
}

/** Whether a word, or a part of a compound, is one of the words of `names`, in whichever plain inflection. */
export function nameTest(names: readonly string[]): (word: string) => boolean {
  const stems = new Set(
    names
      .flatMap(partsOf)
      .filter((part) => !links.has(part))
      .map(stem),
  );
  return (word) => partsOf(word).some((part) => stems.has(stem(part)));
}

/** What stands for names: a noun that says nothing, so that a sentence stays one. */
const THING = "thing";

/** The text with "thing" for every run of names. Empty if fewer than two words stay that say something. */
function withoutNames(text: string, isName: (word: string) => boolean): string {
  const kept = text.replace(WORD, (word) => (isName(word) ? THING : word)).replace(/\bthing(?:\s+thing\b)+/g, THING);
  return partsOf(kept).filter((word) => word !== THING && !links.has(word)).length < 2 ? "" : kept;
}

/** Words of names that name nothing. */
const links = new Set(["a", "an", "and", "any", "for", "in", "of", "on", "or", "the", "to", "with"]);

/** A word without the endings of a plural, and of a participle or an adjective: "berries", "berry" → "berr". */
const stem = (word: string): string =>
  word
    .replace(/ies$/, "y")
    .replace(/(?<=[sxz]|ch|sh)es$|(?<=.[^s])s$/, "")
    .replace(/(?<=.{3})(?:ed|ing|y|e)$/, "");
