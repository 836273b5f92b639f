import { describe, expect, it } from "vitest";
import { findLargeCase, isNetwork, largeCases, SEGMENTERS } from "../src/large/cases.js";
import { checksOf } from "../src/large/checks.js";
import { fraction } from "../src/large/settings.js";
import { plan } from "../src/plan.js";
import { largePage, largeText } from "../src/report/large-summary.js";
import { rowOf } from "../src/row.js";
import {
  failedRow,
  largeResults,
  networkJob,
  networkObservation,
  networkRow,
  segmentRow,
  skippedRow,
  sourceRow,
} from "./fixtures/large-rows.js";

const huge = { decodedBytes: 9999 * 2 ** 20, tensors: { held: 1, peak: 12_345 * 2 ** 20 } };
const slow = networkObservation(huge, { rss: { baseline: 0, peak: 12_345 * 2 ** 20 } });
const steps = { ...slow.samples, step: [1_234_500] };
const grid = { engines: [null], modes: ["infer", "train"], batches: null, views: [1], images: [4000, 20_000], seed: 0 } as const; // prettier-ignore
const networkRows = plan(largeCases(), grid)
  .filter((job) => isNetwork(findLargeCase(job.case)))
  .map((job) => rowOf(job, [{ ...slow, samples: steps }], [], null));
const many = { windows: 100_000, reads: [{ scale: 1, count: 100_000, pixels: 1 }], decodedBytes: 9999 * 2 ** 20 };
const segmentRows = SEGMENTERS.map((name) =>
  segmentRow({ case: `segment/${name}`, image: 20_000 }, many, { samples: steps, rss: slow.rss }),
);
const rows = [...networkRows, ...segmentRows];

describe("the text", () => {
  it("fits 100 columns, whatever the rows and the numbers", () => {
    const text = largeText(largeResults([...rows, sourceRow]))
      .split("\n")
      .slice(2); // under the machine's name
    expect(Math.max(...text.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it("has the median of the seconds, all reads and megabytes", () => {
    const text = largeText(largeResults([networkRow()]));
    expect(text).toMatch(/1000 zoom-in train 8 +6 +128 +512 +384 +2\.00 +16 +4\.0$/m);
  });

  it("has windows a second, of the median of the seconds", () => {
    const text = largeText(largeResults([segmentRow()]));
    expect(text).toMatch(
      /2000 small +25 +12\.5 +2\.00 +512 +384 +25 +16\.0\n.*segment\/small: 2000² takes less.*holds$/,
    );
  });

  it("says what all have in common", () =>
    expect(largeText(largeResults([networkRow()]))).toContain(
      "views at 1/8, of chosen tiles at 1/4; tiles of 256², 8 patches of 64²",
    ));

  it("says what has changed, and why a row has no numbers", () => {
    const changed = { case: "law/zoom-in-scale-3-16" };
    const text = largeText(largeResults([networkRow(changed), skippedRow({ image: 4000 }, "about 37 GB")]));
    expect(text).toMatch(/1000 zoom-in train s = 3\/16 8 /);
    expect(text).toMatch(/4000 zoom-in train( +–)+ TOO LARGE\n {2}views .*\n {2}4000 zoom-in train: about 37 GB/);
  });

  it("has tables only of what there is", () => {
    expect(largeText(largeResults([sourceRow]))).toMatch(
      /^.*\n.*\n\nTiles of 256² .* of 1000²: .*\ncase [^]*\nsource\/scene-tiles read 1@1000 +2\.00k +0\.500 [^\n]* 128 +12\.0 +34\.0$/,
    );
    expect(largeText(largeResults([]))).not.toContain("\n\n");
  });
});

describe("the page", () => {
  it("has as many cells in every line of a table", () => {
    const page = largePage(largeResults([...rows, failedRow({}, "a | b"), sourceRow]));
    expect(page.match(/^## /gm)).toHaveLength(6);
    for (const table of page
      .trim()
      .split("\n\n")
      .filter((block) => block.startsWith("|")))
      expect(new Set(table.split("\n").map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1);
  });

  it("leaves laws open that rows do not tell", () =>
    expect(largePage(largeResults([networkRow()]))).toContain(
      "| zoom-in | train | too few rows to tell | – | – | 1 |",
    ));
});

describe("checks", () => {
  const at = (side: number, ...megabytes: number[]) =>
    rowOf(
      networkJob({ case: "huge/zoom-in", mode: "infer", image: side }),
      megabytes.map((peak) => networkObservation({}, { rss: { baseline: 0, peak: peak * 2 ** 20 } })),
      [],
      null,
    );

  it("hold the medians of processes against what must be", () => {
    const checks = checksOf([at(10_000, 300, 340, 320), at(20_000, 900, 350, 351)]);
    expect(checks.map(({ found, holds }) => [found, holds])).toEqual([
      ["351 MB", true],
      ["1.097 ×", true],
    ]);
  });

  it("fail for a process that grows, or shrinks, with the image", () => {
    expect(checksOf([at(10_000, 600), at(20_000, 701)]).map(({ holds }) => holds)).toEqual([false, false]);
    expect(checksOf([at(10_000, 600), at(20_000, 500)]).map(({ holds }) => holds)).toEqual([true, false]);
  });

  const segment = (side: number, megabytes: number, name = "small") =>
    segmentRow({ case: `segment/${name}`, image: side }, {}, { rss: { baseline: 0, peak: megabytes * 2 ** 20 } });

  it("compare very large images of each segmenter, and leave out smaller ones", () => {
    const small = [segment(2000, 200), segment(10_000, 800), segment(20_000, 870)];
    const psp = [segment(10_000, 800, "psp-resnet-18"), segment(20_000, 901, "psp-resnet-18")];
    const checks = checksOf([...small, ...psp, at(10_000, 300)]);
    expect(checks.map((check) => [check.case, check.found, check.holds])).toEqual([
      ["huge/zoom-in", "300 MB", true],
      ["segment/small", "870 MB", true],
      ["segment/small", "1.087 ×", true],
      ["segment/psp-resnet-18", "901 MB", false],
      ["segment/psp-resnet-18", "1.126 ×", false],
    ]);
  });

  it("are told under the table of their group", () => {
    const text = largeText(largeResults([at(10_000, 300), segment(20_000, 400)]));
    expect(text).toMatch(/huge\/zoom-in: 10000² takes less[^]*Label maps of[^]*segment\/small: 20000² takes less/);
    expect(text.match(/holds/g)).toHaveLength(2);
  });

  it("need very large images", () => {
    expect(checksOf([networkRow()])).toEqual([]);
    expect(checksOf([at(10_000, 300)])).toHaveLength(1);
  });
});

it("fractions are written as such", () =>
  expect([1, 4, 1 / 8, 3 / 16, 0.1].map(fraction)).toEqual(["1", "4", "1/8", "3/16", "0.100"]));
