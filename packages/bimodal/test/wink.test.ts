import { phraseExtractor } from "@fovea/bimodal";
import { winkTagger } from "@fovea/bimodal/wink";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mendedTags } from "../src/wink/mended-tags.js";

const tagger = winkTagger();
const extract = phraseExtractor(tagger);
const tagsOf = (sentence: string) => tagger(sentence).map(({ text, tag }) => `${text}/${tag}`);

describe("winkTagger", () => {
  it("makes one word of parts that hyphens join, and leaves dashes alone", () => {
    expect(tagsOf("black-and-white wings")).toEqual(["black-and-white/ADJ", "wings/NOUN"]);
    expect(tagsOf("a grey\u2011blue T-tail")).toEqual(["a/DET", "grey\u2011blue/ADJ", "T-tail/NOUN"]);
    expect(tagger("white - bird -wing tail- -").map(({ text }) => text)).toEqual(
      ["white", "-", "bird", "-", "wing", "tail", "-", "-"], // prettier-ignore
    );
    expect(tagger("white- bird").map(({ text }) => text)).toEqual(["white", "-", "bird"]);
    expect(tagger("(-white)").map(({ text }) => text)).toEqual(["(", "-", "white", ")"]);
    expect(tagger("white \n\t bird").map(({ text }) => text)).toEqual(["white", "bird"]);
    expect(tagger("a--b").map(({ text }) => text)).toEqual(["a", "--", "b"]);
  });

  it.each([
    ["medium sized bird", "medium/NOUN sized/ADJ bird/NOUN"],
    ["its tail", "its/DET tail/NOUN"],
    ["it has long wings", "it/PRON has/VERB long/ADJ wings/NOUN"],
    ["spotted breast", "spotted/ADJ breast/NOUN"],
  ])("puts right: %s", (sentence, tags) => expect(tagsOf(sentence).join(" ")).toBe(tags));

  it.each([
    ["has/AUX long/ADJ", "VERB"],
    ["has/AUX been/AUX", "AUX"],
    ["is/AUX long/ADJ", "AUX"],
    ["its/PRON tail/NOUN", "DET"],
    ["it/PRON is/AUX", "PRON"],
    ["bird/NOUN sized/VERB bird/NOUN", "ADJ", 1],
    ["is/AUX painted/VERB red/ADJ", "VERB", 1],
    ["bird/NOUN perched/VERB on/ADP", "VERB", 1],
    ["drooping/VERB petals/NOUN", "ADJ"],
    ["has/AUX drooping/VERB petals/NOUN", "ADJ", 1],
    [",/PUNCT drooping/VERB petals/NOUN", "ADJ", 1],
    ["tail/NOUN and/CCONJ drooping/VERB wings/NOUN", "ADJ", 2],
    ["small/ADJ and/CCONJ eating/VERB seeds/NOUN", "VERB", 2],
    ["bird/NOUN eating/VERB seeds/NOUN", "VERB", 1],
    [",/PUNCT having/VERB stripes/NOUN", "VERB", 1],
    ["is/AUX all/DET black/ADJ", "ADV", 1],
    ["all/DET black/ADJ", "DET"],
    ["is/AUX all/DET wings/NOUN", "DET", 1],
    ["large/ADJ feline/ADJ of/ADP", "NOUN", 1],
    ["is/AUX full/ADJ of/ADP", "ADJ", 1],
    ["glass/NOUN full/ADJ of/ADP", "ADJ", 1],
  ])("%s: %s", (sentence, tag, at = 0) => {
    const words = sentence.split(" ").map((word) => {
      const [text = "", given = ""] = word.split("/");
      return { text, tag: given };
    });
    expect(mendedTags(words)[at]).toEqual({ text: words[at]!.text, tag });
  });

  it("is the same for a sentence, whatever it tagged before", () => {
    const sentence = "this bird has a short pointed bill";
    const first = tagger(sentence);
    tagger("constructor __proto__ toString");
    expect(tagger(sentence)).toEqual(first);
    expect(winkTagger()(sentence)).toEqual(first);
  });
});

describe("phrases of English text", () => {
  it.each([
    ["this bird has a short pointed bill and white eyering.", ["bird", "short pointed bill", "white eyering"]],
    ["medium sized bird with black-and-white wings", ["medium sized bird", "black-and-white wings"]],
    ["a large feline of forests having a tawny coat", ["large feline", "forests", "tawny coat"]],
    ["this flower has petals that are purple and has yellow stamen", ["flower", "petals", "yellow stamen"]],
    ["this bird is all black with a black beak.", ["bird", "black beak"]],
    ["this bird\u2019s wings are dark", ["bird", "wings"]],
    ["hasOwnProperty of a constructor", ["hasownproperty", "constructor"]],
    ["I like 3 birds 😀 white 😀 bird", ["3 birds", "bird"]],
    ["👩‍🚀👨‍👩‍👧🦜", []],
    ["طائر أبيض صغير", []],
    ["טים a white bird", ["white bird"]],
    ["一只白色的小鸟", []],
    ["yellow", []],
    ["", []],
  ])("%s", (sentence, phrases) => expect(extract(sentence)).toEqual(phrases));

  it("10,000 words, and a word of a million letters", () => {
    expect(extract("a white bird with ".repeat(2500))).toHaveLength(2500);
    expect(extract(`a white bird, ${"x".repeat(1_000_000)} tail`)).toEqual(["white bird", "tail"]);
    expect(extract("a-".repeat(500_000))).toEqual([]);
  });

  it("any text: every phrase is of words, in lower case, that stand in it", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(fc.constantFrom("a", "white", "bird", "has", "-", ",", "and", "'s", "😀", "no", "شجرة", "\u0000", "2"))
        .map((words) => words.join(" ")), // prettier-ignore
    );
    fc.assert(
      fc.property(text, (sentence) => {
        for (const phrase of extract(sentence)) {
          expect(phrase).toBe(phrase.toLowerCase());
          for (const word of phrase.split(" ")) expect(word).toMatch(/[\p{L}\p{N}]/u);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
