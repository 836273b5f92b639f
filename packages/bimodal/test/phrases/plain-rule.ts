import type { PhraseExtractor, Tagger } from "@fovea/bimodal";

/** The plain rule to compare with: adjectives, numbers and nouns in a row, up to the last noun. */
export const plainRule =
  (tagger: Tagger): PhraseExtractor =>
  (sentence) => {
    const phrases: string[] = [];
    let [words, length] = [[] as string[], 0];
    for (const { text, tag } of [...tagger(sentence), { text: "", tag: "PUNCT" }]) {
      if (["ADJ", "NUM", "NOUN", "PROPN"].includes(tag)) words.push(text.toLowerCase());
      else {
        if (length > 0) phrases.push(words.slice(0, length).join(" "));
        [words, length] = [[], 0];
      }
      if (tag === "NOUN" || tag === "PROPN") length = words.length;
    }
    return phrases;
  };
