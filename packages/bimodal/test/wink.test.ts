import { phraseExtractor } from "@fovea/bimodal";
import { winkTagger } from "@fovea/bimodal/wink";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

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
    expect(tagger("a--b").map(({ text }) => text)).toEqual(["a", "--", "b"]);
  });

  it.each([
    ["medium sized bird", "medium/NOUN sized/ADJ bird/NOUN"],
    ["its tail", "its/DET tail/NOUN"],
    ["it has long wings", "it/PRON has/VERB long/ADJ wings/NOUN"],
    ["spotted breast", "spotted/ADJ breast/NOUN"],
  ])("puts right: %s", (sentence, tags) => expect(tagsOf(sentence).join(" ")).toBe(tags));

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
