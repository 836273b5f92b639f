import { phraseExtractor, type Tagger } from "@fovea/bimodal";
import { describe, expect, it } from "vitest";

/** Words with their tags: "the/DET bird/NOUN". */
const written: Tagger = (sentence) =>
  sentence
    .split(" ")
    .filter((word) => word !== "")
    .map((word) => {
      const [text = "", tag = ""] = word.split("/");
      return { text, tag };
    });
const phrasesOf = phraseExtractor(written);

describe("a phrase is a noun with what describes it and stands before it", () => {
  it.each([
    ["the/DET bird/NOUN", ["bird"]],
    ["a/DET very/ADV Small/ADJ brown/ADJ Bird/NOUN", ["very small brown bird"]],
    ["three/NUM white/ADJ stripes/NOUN", ["three white stripes"]],
    ["carbon/NOUN fiber/NOUN hood/NOUN", ["carbon fiber hood"]],
    ["heart/NOUN shaped/ADJ petals/NOUN", ["heart shaped petals"]],
    ["a/DET Boeing/PROPN 747/NUM lands/VERB", ["boeing 747"]],
    ["a/DET bill/NOUN long/ADJ and/CCONJ thin/ADJ", ["bill"]],
    ["the/DET bird/NOUN 's/PART wing/NOUN", ["bird", "wing"]],
    ["he/PRON sings/VERB loudly/ADV", []],
  ])("%s", (sentence, phrases) => expect(phrasesOf(sentence)).toEqual(phrases));
});

describe("descriptions that are joined belong to the next noun", () => {
  it.each([
    ["a/DET long/ADJ ,/PUNCT thin/ADJ beak/NOUN", ["long thin beak"]],
    ["black/ADJ and/CCONJ white/ADJ wings/NOUN", ["black and white wings"]],
    ["red/ADJ ,/PUNCT white/ADJ ,/PUNCT and/CCONJ blue/ADJ wings/NOUN", ["red white and blue wings"]],
    ["red/ADJ wings/NOUN and/CCONJ white/ADJ tail/NOUN", ["red wings", "white tail"]],
    ["wings/NOUN ,/PUNCT tail/NOUN", ["wings", "tail"]],
    ["is/AUX white/ADJ ,/PUNCT black/ADJ spots/NOUN", ["black spots"]],
    ["is/AUX small/ADJ ,/PUNCT wings/NOUN are/AUX white/ADJ", ["wings"]],
    ["a/DET speckled/ADJ lip/ADJ and/CCONJ two/NUM petals/NOUN", ["speckled lip", "two petals"]],
    ["white/ADJ ;/PUNCT black/ADJ wings/NOUN", ["black wings"]],
    ["white/ADJ with/ADP black/ADJ wings/NOUN", ["black wings"]],
  ])("%s", (sentence, phrases) => expect(phrasesOf(sentence)).toEqual(phrases));
});

describe("a word that a tagger takes for a verb or an adverb", () => {
  it.each([
    ["a/DET short/ADV pointed/VERB bill/NOUN", ["short pointed bill"]],
    ["the/DET spotted/VERB breast/NOUN", ["spotted breast"]],
    ["and/CCONJ white/ADJ eyering/VERB ./PUNCT", ["white eyering"]],
    ["an/DET iridescent/ADJ green/ADJ back/ADV", ["iridescent green back"]],
    ["is/AUX white/ADJ spotted/VERB", []],
    ["the/DET bumper/NOUN carries/VERB fog/NOUN lights/NOUN", ["bumper", "fog lights"]],
    ["is/AUX eating/VERB berries/NOUN", ["berries"]],
    ["small/ADJ and/CCONJ shows/VERB white/ADJ bars/NOUN", ["white bars"]],
    ["a/DET head/NOUN mostly/ADV white/ADJ", ["head"]],
    ["the/DET bird/NOUN also/ADV white/ADJ wings/NOUN", ["bird", "white wings"]],
  ])("%s", (sentence, phrases) => expect(phrasesOf(sentence)).toEqual(phrases));
});

describe("a color that is named as a thing is a phrase", () => {
  it.each([
    ["a/DET patch/NOUN of/ADP red/ADJ on/ADP its/DET wing/NOUN", ["patch", "red", "wing"]],
    ["from/ADP orange/ADJ to/ADP cream/ADJ", ["orange", "cream"]],
    ["of/ADP red/ADJ and/CCONJ blue/ADJ", ["red", "blue"]],
    ["is/AUX a/DET dull/ADJ orange/ADJ", ["dull orange"]],
    ["the/DET belly/NOUN is/AUX white/ADJ", ["belly"]],
    ["the/DET two/NUM", []],
    ["from/ADP above/ADV", []],
  ])("%s", (sentence, phrases) => expect(phrasesOf(sentence)).toEqual(phrases));
});

describe("what says the opposite stays", () => {
  it('which is "no" unless the caller says otherwise', () => {
    expect(phrasesOf("No/DET visible/ADJ stamen/NOUN and/CCONJ no/DET doors/NOUN")).toEqual([
      "no visible stamen",
      "no doors",
    ]);
    const german = phraseExtractor(written, { negations: ["kein", "Keine"] });
    expect(german("keine/DET Haube/NOUN ,/PUNCT no/DET Bart/NOUN")).toEqual(["keine haube", "bart"]);
    expect(phraseExtractor(written, { negations: [] })("no/DET doors/NOUN")).toEqual(["doors"]);
  });
});

describe("text of any kind", () => {
  it.each([
    ["", []],
    [" \n\t ", []],
    ["😀/NOUN white/ADJ 😀/SYM bird/NOUN", ["bird"]],
    ["—/NOUN", []],
    ["x/X white/ADJ foo/X bird/NOUN", ["bird"]],
    ["bird/constructor wing/NOUN", ["wing"]],
    ["white/ADJ\u0000bird/NOUN", ["white bird"]],
    ["white/ADJ\ud800bird/NOUN", ["white bird"]],
    ["\u202ewhi\u00adte/ADJ bird\u200f/NOUN", ["white bird"]],
    ["cafe\u0301/NOUN", ["caf\u00e9"]],
    ["طائر/NOUN ،/PUNCT جناح/NOUN", ["طائر", "جناح"]],
    ["می\u200cخواهم/NOUN", ["می\u200cخواهم"]],
    ["小さい/ADJ 、/PUNCT 白い/ADJ 鳥/NOUN", ["小さい 白い 鳥"]],
    ["белая/ADJ Птица/NOUN", ["белая птица"]],
  ])("%j", (sentence, phrases) => expect(phrasesOf(sentence)).toEqual(phrases));

  it.each([
    ["nouns", "a/DET white/ADJ bird/NOUN with/ADP ", ["white bird"]],
    ["no noun", "white/ADJ ", []],
    ["no noun and commas", "white/ADJ ,/PUNCT ", []],
    ["verbs", "sings/VERB ", []],
  ])("10,000 words, %s", (_name, part, phrases) =>
    expect(phrasesOf(part.repeat(10_000))).toEqual(Array.from({ length: 10_000 }, () => phrases).flat()),
  );

  it("that is no text is refused", () => {
    const bad = undefined as unknown as string;
    expect(() => phrasesOf(bad)).toThrow("phraseExtractor: expected a sentence, which is a string, got undefined.");
  });
});
