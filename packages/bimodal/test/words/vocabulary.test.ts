import { describe, expect, it } from "vitest";
import { PADDING_ID } from "@fovea/nn";
import { requireVocabulary, UNKNOWN_ID, vocabulary, vocabularyOf } from "../../src/index.js";

const phrases = ["red crown", "white belly", "red  crown", "long red tail", "white eye\tring", "Red crown"];
const all = () => vocabularyOf(phrases, { minCount: 1 });

describe("a vocabulary", () => {
  it("has words by falling counts, then by code, after padding and the unknown word", () => {
    const { words, counts } = all().toJSON();
    expect(words).toEqual(["crown", "red", "white", "Red", "belly", "eye", "long", "ring", "tail"]);
    expect(counts).toEqual([3, 3, 2, 1, 1, 1, 1, 1, 1]);
    expect([PADDING_ID, UNKNOWN_ID, all().idOf("crown"), all().idOf("tail"), all().size]).toEqual([0, 1, 2, 10, 11]);
  });

  it("does not depend on the order of the phrases", () =>
    expect(vocabularyOf([...phrases].reverse(), { minCount: 1 }).toJSON()).toEqual(all().toJSON()));

  it("takes unknown words, of whatever kind, as one", () => {
    const some = vocabularyOf(phrases);
    expect(some.toJSON().words).toEqual(["crown", "red", "white"]);
    expect(some.idsOf(" red tail  with 🐦 שלום crown __proto__ ")).toEqual([3, 1, 1, 1, 1, 2, 1]);
    expect(some.idsOf("  ")).toEqual([]);
    expect(vocabularyOf(["constructor __proto__"], { minCount: 1 }).size).toBe(4);
  });

  it("keeps the most frequent words of a size", () => {
    const small = vocabularyOf(phrases, { minCount: 1, maxSize: 4 });
    expect([small.size, small.toJSON().words]).toEqual([4, ["crown", "red"]]);
  });

  it("comes back from JSON", () => {
    const back = vocabulary(JSON.parse(JSON.stringify(all())));
    expect(back.toJSON()).toEqual(all().toJSON());
    expect([back.size, back.idsOf("red sky")]).toEqual([11, [3, 1]]);
    expect(back.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it("has a fingerprint of words and ids, not of counts", () => {
    const twice = vocabularyOf([...phrases, ...phrases], { minCount: 1 });
    expect(twice.fingerprint).toBe(all().fingerprint);
    const others = [["red"], ["crown"], ["red crown"], ["crown crown red"], ["red red crown"], ["redcrown"]];
    const prints = others.map((some) => vocabularyOf(some, { minCount: 1 }).fingerprint);
    expect(new Set(prints).size).toBe(5); // "red crown" has the order of "crown crown red"
    expect(prints[2]).toBe(prints[3]);
  });

  it("of another checkpoint is refused", () => {
    const other = vocabularyOf(phrases);
    requireVocabulary("pma", other, other.fingerprint);
    expect(() => requireVocabulary("pma", other, all().fingerprint)).toThrow(
      `pma: expected the vocabulary that the weights were trained with (fingerprint ${all().fingerprint}), ` +
        `got another one of 5 ids (fingerprint ${other.fingerprint})`,
    );
  });

  it("says what is wrong", () => {
    expect(() => vocabularyOf(["a", "b"])).toThrow(
      "vocabularyOf: expected a word that is there at least 2 times (`minCount`), got 2 different words that are rarer.",
    );
    expect(() => vocabularyOf([], { minCount: 0 })).toThrow("vocabularyOf: `minCount` must be");
    expect(() => vocabularyOf(["a"], { minCount: 1, maxSize: 2 })).toThrow("vocabularyOf: `maxSize` must be");
    const saved = all().toJSON();
    expect(() => vocabulary({ ...saved, words: [...saved.words].reverse() })).toThrow("they were changed after");
    expect(() => vocabulary({ ...saved, words: saved.words.map(() => "red") })).toThrow("a word is there twice");
    expect(() => vocabulary({ words: ["red"] } as never)).toThrow("expected `words` and `counts`, lists of one length");
  });
});
