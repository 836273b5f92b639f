import { expect, it } from "vitest";
import { requireCounts, requireRates } from "../src/index.js";

it.each([0, -1, 1.5, NaN, Infinity])("requireCounts refuses %d", (bad) =>
  expect(() => requireCounts("f", { good: 1, bad })).toThrow(
    `f: \`bad\` must be a whole number of at least 1, got ${bad}.`,
  ),
);

it.each([-0.1, 1, NaN])("requireRates refuses %d", (bad) =>
  expect(() => requireRates("f", { good: 0, bad })).toThrow(
    `f: \`bad\` must be at least 0 and less than 1, got ${bad}.`,
  ),
);

it("both take what is right", () => {
  requireCounts("f", { a: 1, b: 2 ** 40 });
  requireCounts("f", { padding: 0 }, 0);
  requireRates("f", { rate: 0.999 });
});
