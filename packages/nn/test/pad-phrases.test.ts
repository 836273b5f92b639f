import { expect, it } from "vitest";
import { PADDING_ID, padPhrases, type PhraseCut } from "../src/index.js";
import { assertNoLeak } from "../src/testing/index.js";

const samples = [[[2, 3], [4]], [], [[5, 6, 7]]];
const phrasesOf = (count: number) => Array.from({ length: count }, () => [2]);

it("pads with zeros to the longest of the batch", () => {
  const words = padPhrases(samples);
  expect([words.dtype, words.arraySync()]).toEqual([
    "int32",
    [
      [
        [2, 3, 0],
        [4, 0, 0],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [
        [5, 6, 7],
        [0, 0, 0],
      ],
    ],
  ]);
  expect(words.arraySync()[1]!.flat()).toEqual(Array(6).fill(PADDING_ID));
  expect(padPhrases([[], []]).shape).toEqual([2, 1, 1]);
});

it("has the largest shape where it must be fixed", () => {
  const words = padPhrases(samples, { pad: "max", maxPhrases: 3, maxWords: 5 });
  expect(words.shape).toEqual([3, 3, 5]);
  expect(words.arraySync()[2]![0]).toEqual([5, 6, 7, 0, 0]);
  expect(padPhrases([[]], { pad: "max" }).shape).toEqual([1, 20, 16]);
});

it("tells what is too much, with the sample", () => {
  expect(padPhrases([phrasesOf(20)]).shape).toEqual([1, 20, 1]);
  expect(() => padPhrases([[], phrasesOf(21)], { names: ["a.png", "b.png"] })).toThrow(
    "padPhrases: expected at most 20 phrases of each sample (`maxPhrases`), got 21 for b.png; take fewer sentences or a " +
      'larger `maxPhrases`, or keep the first ones with `overflow: "cut"`.',
  );
  expect(() => padPhrases([[[2], Array<number>(10_000).fill(3)]])).toThrow(
    "padPhrases: expected at most 16 words in each phrase (`maxWords`), got 10000 for sample 0; take a larger " +
      '`maxWords`, or keep the last ones with `overflow: "cut"`.',
  );
});

it("cuts where it is asked to, and says how much", () => {
  const cuts: PhraseCut[] = [];
  const options = { overflow: "cut", maxPhrases: 2, maxWords: 2, names: ["a.png", "b.png"] } as const;
  const sample = [[2, 3, 4], [5], [6, 7, 8]];
  const words = padPhrases([sample, [[9]]], { ...options, onCut: (cut) => cuts.push(cut) });
  expect(words.arraySync()).toEqual([
    [
      [3, 4],
      [5, 0],
    ],
    [
      [9, 0],
      [0, 0],
    ],
  ]);
  expect(cuts).toEqual([{ name: "a.png", phrases: 1, of: 3, words: 1 }]); // words of phrases that are gone do not count
  expect(padPhrases([sample, [[9]]], options).arraySync()).toEqual(words.arraySync());
});

it("refuses what is no phrase, in the name of who calls it", () => {
  expect(() => padPhrases([])).toThrow("padPhrases: expected at least one sample, got none.");
  expect(() => padPhrases([[[2], []]])).toThrow(
    "padPhrases: expected at least one word in each phrase, got a phrase without words for sample 0.",
  );
  for (const odd of [0, -1, 1.5, NaN, 2 ** 31])
    expect(() => padPhrases([[[2, odd]]], { who: "ask" })).toThrow(`ask: expected ids of words, whole numbers of at least 1 (0 is padding), got ${odd} for sample 0.`); // prettier-ignore
  expect(() => padPhrases([[[2]]], { maxPhrases: 0 })).toThrow("padPhrases: `maxPhrases` must be");
  expect(() => padPhrases([[[2]]], { overflow: "drop" as never })).toThrow("padPhrases: `overflow` must be one of");
  expect(() => padPhrases([[[2]]], { pad: "fixed" as never })).toThrow("padPhrases: `pad` must be one of");
});

it("leaves nothing behind but its tensor", () => assertNoLeak(() => padPhrases(samples)));
