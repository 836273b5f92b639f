import { describe, expect, it } from "vitest";
import { dealSisters } from "../src/fine-grained.js";

/** Families a, b, c … of so many things, mixed: a0, b0, c0 …, a1, b1, … */
const things = (...sizes: readonly number[]) =>
  Array.from({ length: Math.max(...sizes) }, (_, turn) =>
    sizes.flatMap((size, i) => (turn < size ? [`${String.fromCharCode(97 + i)}${turn}`] : [])),
  ).flat();
const deal = (all: readonly string[], count: number) => dealSisters("deal", all, ([letter = ""]) => letter, count);
const sizesOf = (dealt: readonly string[]) =>
  [..."abcdefgh"].map((letter) => dealt.filter((thing) => thing.startsWith(letter)).length).filter((size) => size > 0);

describe("dealSisters", () => {
  it("opens a family for every 8, the largest first, and deals evenly", () => {
    expect(deal(things(9, 30, 20), 15)).toEqual(Array.from({ length: 15 }, (_, i) => `b${i}`));
    expect(sizesOf(deal(things(9, 30, 20), 17))).toEqual([9, 8]); // b, c
    expect(sizesOf(deal(things(9, 30, 20), 29))).toEqual([9, 10, 10]);
  });

  it("gives what a small family lacks to the others", () => {
    expect(sizesOf(deal(things(4, 30, 20), 30))).toEqual([4, 13, 13]);
  });

  it("opens more families where those hold too few", () => {
    expect(sizesOf(deal(things(4, 3, 2, 2), 9))).toEqual([4, 3, 2]);
    expect(deal(things(4, 3, 2, 2), 11)).toEqual(things(4, 3, 2, 2));
  });

  it("keeps the order that it is given", () => {
    const all = things(9, 30, 20);
    const dealt = deal(all, 41);
    expect(dealt).toEqual(all.filter((thing) => dealt.includes(thing)));
  });

  it.each([
    [5, 3, 2, 2, 2, 1],
    [3, 2, 2, 2, 2],
    [11, 9, 8, 8, 2],
  ])("leaves nothing without a sister: %j", (...sizes) => {
    const most = sizes.filter((size) => size > 1).reduce((sum, size) => sum + size);
    for (let count = 2; count <= most; count++) {
      const dealt = deal(things(...sizes), count);
      expect(dealt).toHaveLength(count);
      expect(Math.min(...sizesOf(dealt))).toBeGreaterThanOrEqual(2);
    }
  });

  it.each([
    ["deal: `classes` must be at most 7, which is all that have a sister, got 8.", 8],
    ["deal: `classes` must be a whole number of at least 2, got 1.", 1],
  ])("says: %s", (message, count) => expect(() => deal(things(5, 2, 1), count)).toThrow(message));
});
