import { describe, expect, it } from "vitest";
import {
  baselineDifferences,
  confusedPairs,
  confusionCharts,
  difference,
  resultsOf,
  textOf,
  trainingCharts,
  variantTable,
  type JobRecord,
} from "../src/index.js";
import { decay } from "./stripes.js";

/** What a variant might have come to with a seed. */
const record = (variant: string, seed: number, accuracy: number | null, more: Partial<JobRecord> = {}): JobRecord => ({
  ...{ id: `seed-${seed}/${variant}`, experiment: "decay", variant, sweep: null, settings: { seed, epochs: 2 } },
  ...{ command: "demo", date: "2026-01-01 00:00 UTC", commit: "abc", params: 1234 },
  machine: { cpu: "a processor", cores: 2, memory: 4e9, os: "Linux", node: "20", load: [0, 0, 0], engine: "cpu" },
  data: { name: "set", description: "Things.", classes: ["cat", "lynx", "dog"], sizes: { train: 8 }, sources: [] },
  stages: [
    {
      ...{ name: "", seconds: 1, curves: { loss: [2, 1] }, validation: { accuracy: [0.1, 0.2] } },
      ...{ best: { epoch: 2, value: 0.2 }, test: null },
    },
  ],
  test: { measurements: [{ metric: "accuracy", value: accuracy }], confusion: [[5, 3, 0], [2, 6, 0], [0, 1, 7]] }, // prettier-ignore
  ...more,
});

const results = resultsOf(decay, { epochs: 2, rates: [], seed: 0 }, { command: "run", typed: "demo", variants: ["plain", "decayed"], seeds: 2 }, [
  ...[record("plain", 1, 0.4), record("plain", 0, 0.4), record("decayed", 0, 0.5), record("decayed", 1, 0.7)],
  record("decayed", 0, 0.9, { id: "chosen", sweep: "chosen" }),
]); // prettier-ignore

describe("results", () => {
  it("make a row for each variant, with mean and standard deviation over the seeds", () => {
    const table = variantTable(results, [
      { title: "validation", cell: { metric: "accuracy", split: "validation" } },
      { title: "test", cell: { metric: "accuracy" } },
      { title: "params", cell: ({ params }) => params.toLocaleString("en") },
    ]);
    expect(table.head).toEqual(["", "validation", "test", "params"]);
    expect(table.rows).toEqual([
      ["plain", "20.0 ± 0.0", "40.0 ± 0.0", "1,234"],
      ["decayed", "20.0 ± 0.0", "60.0 ± 14.1", "1,234"],
    ]);
  });

  it("compare within a seed, whatever the order of the files, and leave out what is missing", () => {
    expect(baselineDifferences(results, [{ metric: "accuracy" }, { metric: "accuracy", split: "validation" }])).toEqual(
      ["decayed against plain: test accuracy 20.0 ± 14.1, validation accuracy 0.0 ± 0.0"],
    );
    expect(difference(results, "decayed", "plain", { metric: "accuracy", sweep: "chosen" }, { metric: "accuracy" })).toBe("50.0"); // prettier-ignore
    const rows = results.rows.map((row) => (row.seed === 0 && row.variant === "plain" ? { ...row, value: null } : row));
    expect(difference({ ...results, rows }, "decayed", "plain", { metric: "accuracy" })).toBe("30.0");
    const without = results.rows.filter((row) => row.seed !== 0 || row.variant !== "plain");
    expect(difference({ ...results, rows: without }, "decayed", "plain", { metric: "accuracy" })).toBe("30.0");
  });

  it("show which classes are taken for which, both ways of a pair together", () => {
    expect(textOf([confusedPairs(results)])).toMatch(/cat – lynx +10 +10[^]*lynx – dog +2 +2/);
    expect(textOf([confusedPairs(results, (a, b) => a + b > 1)])).not.toContain("cat – lynx");
    const section = confusionCharts(results) as Extract<ReturnType<typeof confusionCharts>, { kind: "charts" }>;
    expect(section.charts.map(({ title }) => title)).toEqual(["plain", "decayed"].map((name) => `${name}: true classes in rows, predicted ones in columns`)); // prettier-ignore
  });

  it("have a chart for each validation measure and each term of the loss", () => {
    const section = trainingCharts(results) as Extract<ReturnType<typeof trainingCharts>, { kind: "charts" }>;
    expect(section.charts.map(({ title }) => title)).toEqual(["validation accuracy by epoch", "loss by step"]);
  });
});
