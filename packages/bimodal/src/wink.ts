import model from "wink-eng-lite-web-model";
import wink from "wink-nlp";
import type { TaggedWord, Tagger } from "./phrases/tagger.js";
import { mendedTags } from "./wink/mended-tags.js";

/** No English word is that long, and wink-nlp needs a time that grows as the square of a word's length. */
const TOO_LONG = /\S{101,}/gu;
const HYPHENS: ReadonlySet<string> = new Set(["-", "\u2010", "\u2011"]);

/**
 * Tags English text with wink-nlp and its small English model. It runs in Node and in a page, loads nothing, and sends
 * nothing.
 *
 * Words with hyphens are one word. What wink-nlp tags otherwise than a reader of descriptions would is put right: "has"
 * is a verb where no participle follows, a participle before a noun is an adjective ("spotted breast"), and "its" and
 * its kind are determiners. What is longer than 100 characters without a space is replaced by "…".
 */
export function winkTagger(): Tagger {
  const nlp = wink(model, ["sbd", "pos"]);
  const { value, pos, precedingSpaces } = nlp.its;
  return (sentence) => {
    const tokens = nlp.readDoc(sentence.replace(TOO_LONG, "…")).tokens();
    const [texts, tags, spaces] = [tokens.out(value), tokens.out(pos), tokens.out(precedingSpaces)];
    const words = texts.map((text, i) => ({ text, tag: tags[i]!, spaced: spaces[i] !== "" }));
    return mendedTags(hyphenated(words).filter(({ tag }) => tag !== "SPACE"));
  };
}

interface Token extends TaggedWord {
  /** Whether a space stands before it. */
  readonly spaced: boolean;
}

/** Joins "black", "-", "and", "-", "white": a noun if the last part is one, else an adjective. */
function hyphenated(tokens: readonly Token[]): Token[] {
  const words: Token[][] = [];
  tokens.forEach((token, i) => {
    const [previous, next] = [tokens[i - 1], tokens[i + 1]];
    const afterHyphen = previous && HYPHENS.has(previous.text) && words.at(-1)!.length > 1;
    const isHyphen = HYPHENS.has(token.text) && previous && next && isWord(previous) && isWord(next) && !next.spaced;
    if (!token.spaced && (afterHyphen || isHyphen)) words.at(-1)!.push(token);
    else words.push([token]);
  });
  return words.map((parts) => (parts.length > 1 ? compound(parts) : parts[0]!));
}

const isWord = ({ text }: Token): boolean => /[\p{L}\p{N}]$/u.test(text);

const compound = (parts: readonly Token[]): Token => ({
  text: parts.map(({ text }) => text).join(""),
  tag: ["NOUN", "PROPN"].includes(parts.at(-1)!.tag) ? parts.at(-1)!.tag : "ADJ",
  spaced: parts[0]!.spaced,
});
