import { describe, expect, it } from "vitest";
import { checksOf } from "../src/large/checks.js";
import { planLarge } from "../src/large/job.js";
import { fraction } from "../src/large/settings.js";
import { largePage, largeText } from "../src/report/large-page.js";
import { failed, madeLarge, networkFound, networkRow, sourceRow } from "./made-large.js";

const huge = { seconds: [1234.5], decodedBytes: 9999 * 2 ** 20, tensors: { held: 1, peak: 12_345 * 2 ** 20 }, rss: { baseline: 0, peak: 12_345 * 2 ** 20 } }; // prettier-ignore
const plan = { parts: ["sizes", "laws", "huge"], networks: ["full", "down-scaled", "attention", "zoom-in"], sides: [20_000, 4000], huge: [20_000], hugeProcesses: 2, engine: null } as const; // prettier-ignore
const rows = planLarge(plan).flatMap((job) =>
  job.part === "sources" ? [] : [{ ...job, status: "ok", note: null, found: networkFound(huge) } as const],
);

describe("the text", () => {
  it("fits 100 columns, whatever the rows and the numbers", () => {
    const text = largeText(madeLarge([...rows, sourceRow]))
      .split("\n")
      .slice(2); // under the machine's name
    expect(Math.max(...text.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("has the median of the seconds, all reads and megabytes", () => {
    const text = largeText(madeLarge([networkRow()]));
    expect(text).toMatch(/1000 zoom-in train 8 +6 +128 +512 +384 +2\.00 +16 +4\.0$/m);
  });

  it("says what all have in common", () =>
    expect(largeText(madeLarge([networkRow()]))).toContain(
      "views at 1/8, of chosen tiles at 1/4; tiles of 256², 8 patches of 64²",
    ));

  it("says what has changed, and why a row has no numbers", () => {
    const changed = { part: "laws", settings: { ...networkRow().settings, scale: 3 / 16 } } as const;
    const text = largeText(madeLarge([networkRow(changed), failed({ side: 4000 }, "TOO LARGE", "about 37 GB")]));
    expect(text).toMatch(/1000 zoom-in train s = 3\/16 8 /);
    expect(text).toMatch(/4000 zoom-in train( +–)+ TOO LARGE\n {2}views .*\n {2}4000 zoom-in train: about 37 GB/);
  });

  it("has tables only of what there is", () => {
    expect(largeText(madeLarge([sourceRow]))).toMatch(
      /^.*\n.*\n\nTiles of 256² .* of 1000²\nsource[^]*\nScene +12\.3k +67\.9k +12\.3 +45\.6 +256 +128$/,
    );
    expect(largeText(madeLarge([]))).not.toContain("\n\n");
  });
});

describe("the page", () => {
  it("has as many cells in every line of a table", () => {
    const page = largePage(madeLarge([...rows, failed({}, "ERROR", "a | b"), sourceRow]));
    expect(page.match(/^## /gm)).toHaveLength(5);
    for (const table of page
      .trim()
      .split("\n\n")
      .filter((block) => block.startsWith("|")))
      expect(new Set(table.split("\n").map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1);
  });

  it("leaves laws open that rows do not tell", () =>
    expect(largePage(madeLarge([networkRow()]))).toContain("| zoom-in | train | too few rows to tell | – | – | 1 |"));
});

describe("checks", () => {
  const at = (side: number, megabytes: number) =>
    networkRow({ part: "huge", side }, { rss: { baseline: 0, peak: megabytes * 2 ** 20 } });

  it("hold the medians of processes against what must be", () => {
    const checks = checksOf([at(10_000, 300), at(20_000, 900), at(10_000, 340), at(20_000, 350), at(10_000, 320), at(20_000, 351)]); // prettier-ignore
    expect(checks.map(({ found, holds }) => [found, holds])).toEqual([
      ["351 MB", true],
      ["1.097 ×", true],
    ]);
  });

  it("fail for a process that grows, or shrinks, with the picture", () => {
    expect(checksOf([at(10_000, 600), at(20_000, 701)]).map(({ holds }) => holds)).toEqual([false, false]);
    expect(checksOf([at(10_000, 600), at(20_000, 500)]).map(({ holds }) => holds)).toEqual([true, false]);
  });

  it("need very large pictures", () => {
    expect(checksOf([networkRow()])).toEqual([]);
    expect(checksOf([at(10_000, 300)])).toHaveLength(1);
  });
});

it("fractions are written as such", () =>
  expect([1, 1 / 8, 3 / 16, 0.1].map(fraction)).toEqual(["1", "1/8", "3/16", "0.100"]));
