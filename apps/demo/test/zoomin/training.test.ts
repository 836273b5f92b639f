import { expect, it } from "vitest";
import { beyondChance, covers, likeliest } from "../../src/zoomin/evaluate.js";

it("counts a sign as seen from half of it on", () => {
  const box = { left: 10, top: 20, width: 8, height: 6 };
  const patch = (left: number, top: number) => ({ left, top, width: 16, height: 16 });
  expect(covers(patch(14, 18), box)).toBe(true); // 4 of 8 columns
  expect(covers(patch(15, 18), box)).toBe(false);
  expect(covers(patch(30, 40), box)).toBe(false); // apart in both directions
});

it("takes the largest probability", () => {
  expect(likeliest([0.1, 0.6, 0.3])).toBe(1);
});

it("says of accuracy whether it could be chance", () => {
  expect(beyondChance(0.6, 100, 2)).toBe(false); // the standard error is 5 %
  expect(beyondChance(0.61, 100, 2)).toBe(true);
});
