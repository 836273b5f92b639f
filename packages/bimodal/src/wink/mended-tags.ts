import type { TaggedWord } from "../phrases/tagger.js";

/** Puts right what wink-nlp often tags wrongly in English descriptions. */
export const mendedTags = (words: readonly TaggedWord[]): TaggedWord[] =>
  words.map(({ text }, i) => ({ text, tag: mendedTag(words, i) }));

function mendedTag(words: readonly TaggedWord[], i: number): string {
  const { text, tag } = words[i]!;
  switch (tag) {
    case "PRON":
      return POSSESSIVE.test(text) ? "DET" : tag;
    case "AUX": // "has white wings", but not "has been"
      return HAVE.test(text) && words[i + 1]?.tag !== "AUX" ? "VERB" : tag;
    case "VERB":
      return describesNext(words, i) ? "ADJ" : tag;
    case "DET": // "is all black"
      return /^all$/i.test(text) && is(BE, words[i - 1]) && words[i + 1]?.tag === "ADJ" ? "ADV" : tag;
    case "ADJ": // "a large feline of forests", but not "is full of" or "a glass full of"
      return is(/^of$/i, words[i + 1]) && !is(BE, words[i - 1]) && !isNoun(words[i - 1]) ? "NOUN" : tag;
    default:
      return tag;
  }
}

const POSSESSIVE = /^(my|your|his|her|its|our|their)$/i;
const HAVE = /^(has|have|having|had)$/i;
const BE = /^(is|are|was|were|be|been|being)$/i;

/**
 * Whether a participle stands before what it describes. One in -ed does where no form of "be" is before it: "spotted
 * breast", "medium sized bird", but not "is painted glossy red". One in -ing may be a verb ("a bird eating berries"):
 * it describes at the start, after a comma, after "has", and after "and" that follows a noun.
 */
function describesNext(words: readonly TaggedWord[], i: number): boolean {
  const [previous, { text }, next] = [words[i - 1], words[i]!, words[i + 1]];
  if (!isNoun(next) && next?.tag !== "ADJ") return false;
  if (/ed$/i.test(text)) return !is(BE, previous);
  if (!/ing$/i.test(text) || HAVE.test(text)) return false;
  if (!previous || previous.text === "," || HAVE.test(previous.text)) return true;
  return previous.tag === "CCONJ" && isNoun(words[i - 2]);
}

const is = (pattern: RegExp, word: TaggedWord | undefined): boolean => word !== undefined && pattern.test(word.text);
const isNoun = (word: TaggedWord | undefined): boolean => word?.tag === "NOUN" || word?.tag === "PROPN";
