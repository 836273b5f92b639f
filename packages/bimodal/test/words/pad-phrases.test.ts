import { assertNoLeak } from "@fovea/nn/testing";
import { expect, it } from "vitest";
import { padPhrases } from "../../src/index.js";

const samples = [[[2, 3], [4]], [], [[5, 6, 7]]];
const phrasesOf = (count: number) => Array.from({ length: count }, () => [2]);

it("pads with zeros to the longest of the batch", () => {
  const { words, cut } = padPhrases(samples);
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
  expect(cut).toEqual({ phrases: 0, words: 0 });
  expect(padPhrases([[], []]).words.shape).toEqual([2, 1, 1]);
});

it("has the largest shape where it must be fixed", () => {
  const { words } = padPhrases(samples, { fixed: true, maxPhrases: 3, maxWords: 5 });
  expect(words.shape).toEqual([3, 3, 5]);
  expect((words.arraySync() as number[][][])[2]![0]).toEqual([5, 6, 7, 0, 0]);
  expect(padPhrases([[]], { fixed: true }).words.shape).toEqual([1, 20, 16]);
});

it("tells what is too much, with the sample", () => {
  expect(padPhrases([phrasesOf(20)]).words.shape).toEqual([1, 20, 1]);
  expect(() => padPhrases([[], phrasesOf(21)], { names: ["a.png", "b.png"] })).toThrow(
    "padPhrases: expected at most 20 phrases for each sample (`maxPhrases`), got 21 for sample b.png. Raise `maxPhrases`, " +
      'take fewer sentences, or keep the first ones with `tooMany: "cut"`.',
  );
  expect(() => padPhrases([[[2], Array<number>(10_000).fill(3)]])).toThrow(
    "padPhrases: expected at most 16 words in each phrase (`maxWords`), got 10000 in phrase 1 of sample 0.",
  );
});

it("cuts where it is asked to, and says how much", () => {
  const options = { tooMany: "cut", maxPhrases: 2, maxWords: 2 } as const;
  const { words, cut } = padPhrases([[[2, 3, 4], [5], [6, 7, 8]], [[9]]], options);
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
  expect(cut).toEqual({ phrases: 1, words: 1 });
});

it("refuses what is no phrase", () => {
  expect(() => padPhrases([])).toThrow("padPhrases: expected at least one sample, got none.");
  expect(() => padPhrases([[[2], []]])).toThrow("expected a word in each phrase, got none in phrase 1 of sample 0.");
  for (const odd of [0, -1, 1.5, NaN])
    expect(() => padPhrases([[[2, odd]]])).toThrow(`whole numbers of at least 1, got ${odd} in phrase 0 of sample 0.`);
  expect(() => padPhrases([[[2]]], { maxPhrases: 0 })).toThrow("padPhrases: `maxPhrases` must be");
  expect(() => padPhrases([[[2]]], { tooMany: "drop" as never })).toThrow("padPhrases: `tooMany` must be one of");
});

it("leaves nothing behind but its tensor", () => assertNoLeak(() => padPhrases(samples).words));
