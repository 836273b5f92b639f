import { expect, it } from "vitest";
import { requireCounts, requireOneOf, requireRates } from "../src/index.js";

it.each([0, -1, 1.5, NaN, Infinity])("requireCounts refuses %d", (bad) =>
  expect(() => requireCounts("f", { good: 1, bad })).toThrow(
    `f: \`bad\` must be a whole number of at least 1, got ${bad}.`,
  ),
);

it("requireCounts names the number of a list", () => {
  expect(() => requireCounts("f", { good: [1, 2], bins: [3, 0] })).toThrow("f: `bins[1]` must be a whole number of");
  expect(() => requireCounts("f", { bins: undefined as unknown as number })).toThrow("f: `bins` must be a whole");
});

it.each([-0.1, 1, NaN])("requireRates refuses %d", (bad) =>
  expect(() => requireRates("f", { good: 0, bad })).toThrow(
    `f: \`bad\` must be at least 0 and less than 1, got ${bad}.`,
  ),
);

it("requireOneOf refuses what is not known, inherited names too", () => {
  const check = (mode: string) => requireOneOf("f", { first: "a", mode }, ["a", "b"]);
  expect(() => check("c")).toThrow(new RangeError("f: `mode` must be one of a, b, got c."));
  expect(() => check("toString")).toThrow("got toString.");
  expect(() => check(undefined as unknown as string)).toThrow("got undefined.");
});

it("all take what is right", () => {
  requireOneOf("f", { mode: "b" }, ["a", "b"]);
  requireCounts("f", { a: 1, b: 2 ** 40 });
  requireCounts("f", { padding: 0, sizes: [0, 3], none: [] }, 0);
  requireRates("f", { rate: 0.999 });
});
