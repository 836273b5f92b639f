import { describe, expect, it } from "vitest";
import { cases } from "../src/cases/all.js";
import { compact } from "../src/report/format.js";
import { headline } from "../src/report/headline.js";
import { operatorsTable } from "../src/report/profile-tables.js";
import { textTables } from "../src/report/rows-table.js";
import { markdownSummary } from "../src/report/summary.js";
import { textTable } from "@fovea/experiment/console";
import { rowOf, type Row, type Status } from "../src/row.js";
import { job, observation, results, row } from "./fixtures/rows.js";

const table = (rows: readonly Row[]) => textTables(rows).map(textTable).join("\n\n");

describe("compact", () => {
  it.each([
    [0, "0"],
    [0.01234, "0.012"],
    [0.9996, "1.00"],
    [9.996, "10.0"],
    [99.96, "100"],
    [999.6, "1.00k"],
    [12_345, "12.3k"],
    [1_814_073_344, "1.81G"],
  ])("writes %d as %s", (x, text) => expect(compact(x)).toBe(text));
});

const wide = { tensorsLeft: 1, params: 138_357_544, macs: 15_470_264_320, rss: { baseline: 0, peak: 9999 * 2 ** 20 } };
const steps = Array<number>(4).fill(12_345.678);

describe("table", () => {
  it("fits 100 columns, whatever the case and the numbers", () => {
    const parts = { step: steps, forward: steps, backward: steps, optimizer: steps };
    const rows = cases.map(({ name }) =>
      rowOf(
        job({ case: name, mode: "train", batch: 128, views: 6, image: 224 }),
        [observation(steps, { ...wide, rme: 100, first: 123_456.789, samples: parts })],
        [],
        null,
      ),
    );
    const text = table(rows.map((row) => ({ ...row, notes: [] })));
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text).toContain("33/33/33");
  });

  it("shows no numbers of a row that is INVALID, and says why", () => {
    const text = table([rowOf(job(), [observation([0.125], { invalid: "outputs differ" })], [], null)]);
    expect(text).toMatch(/loss\/made-up +infer 8 [ –]+INVALID/);
    expect(text).toContain("loss/made-up infer 8: outputs differ");
    expect(text).not.toContain("0.125");
  });

  it.each<[Status, Parameters<typeof observation>[1]]>([
    ["LEAK", { tensorsLeft: 1 }],
    ["ok", {}],
  ])("shows the numbers of a row that is %s", (status, changes) => {
    const text = table([rowOf(job(), [observation([2, 2, 2], changes)], [], null)]);
    expect(text).toContain("4.00k");
    expect(text.includes("LEAK")).toBe(status === "LEAK");
  });

  it("has no parts of a step that has none", () => {
    const ms = [4, 4, 4];
    const parts = (backward: number) => ({ step: ms, forward: ms, backward: [backward], optimizer: [0] });
    const rowWith = (backward: number) =>
      rowOf(job({ mode: "train" }), [observation(ms, { samples: parts(backward) })], [], null);
    expect(table([rowWith(4)])).toContain("50/50/0");
    expect(table([rowWith(0)])).not.toMatch(/\d\/\d/);
    expect(markdownSummary(results([rowWith(4)]))).toContain("| 4.00 | 4.00 | 0 |");
    expect(markdownSummary(results([rowWith(0)]))).toContain("|  |  |  |");
  });

  it("tells the size of the images, and the threads", () => {
    const text = table([1, 2].map((threads) => row([1], { image: 224, threads })));
    expect(text).toMatch(/engine: wasm · 1 thread\n[^]*infer 8@224 [^]*engine: wasm · 2 threads\n/);
  });

  it("has a block for each engine", () => {
    const rows = [row([1]), rowOf(job({ engine: "cpu" }), [], [], "too slow")];
    expect(table(rows)).toMatch(/engine: wasm\n[^]*engine: cpu\n[^]*ERROR\n.*too slow/);
  });
});

describe("operators", () => {
  const time = { operator: "Conv", calls: 3, ms: 4, shapes: "16×64×56×56, 64×64×3×3, 64" };
  const other = { operator: "Relu", calls: 1, ms: 1, shapes: "" };

  it("are shown with their share of the step, as wide as the terminal", () => {
    const { inside, table } = operatorsTable([time, other], { ms: 8, top: 1, width: 50 });
    expect(inside).toBe(5);
    expect(textTable(table).split("\n")[1]).toMatch(/^Conv +16×64×56×.*… +3 4\.00 50$/);
    expect(
      Math.max(
        ...textTable(table)
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(50);
    expect(textTable(operatorsTable([time], { ms: 8, top: 1, width: 80 }).table)).toContain(time.shapes);
  });
});

describe("markdown", () => {
  it("has as many cells in every line, and the machine above", () => {
    const made = results([row([1]), rowOf(job(), [], [], "a | b")]);
    const lines = markdownSummary(made)
      .split("\n")
      .filter((line) => line.startsWith("|"));
    expect(new Set(lines.map((line) => line.split(/(?<!\\)\|/).length)).size).toBe(1);
    expect(markdownSummary(made).startsWith(headline(made))).toBe(true);
    expect(headline(made)).toMatch("Imaginary, 2 cores, 8 GB");
  });
});
