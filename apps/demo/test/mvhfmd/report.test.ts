import { html, textOf, markdown, type JobRecord, type Results, type Row, type Figure } from "@fovea/experiment";
import { describe, expect, it } from "vitest";
import { experiment } from "../../src/mvhfmd/experiment.js";
import { mergings, type Merging } from "../../src/mvhfmd/merging.js";
import { ran } from "../provenance.js";
import { changedByHand } from "../published.js";

type Shares = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** Rows of top-1 accuracies: by variant and output, for 1, 2, … views. */
const rowsOf = (shares: Shares, seed: number): Row[] =>
  Object.entries(shares).flatMap(([variant, outputs]) =>
    Object.entries(outputs).flatMap(([output, values]) =>
      values.flatMap((value, i) =>
        ["top1", "top5"].map((metric): Row => {
          const shared = { variant, seed, split: "test" as const, metric, sweep: null };
          return { ...shared, value: metric === "top1" ? value : 1, at: { output, views: i + 1 } };
        }),
      ),
    ),
  );

const image = "data:image/webp;base64,AA==";
const figure: Figure = {
  title: "a",
  note: "**fused** ✗ b 75.0 %",
  rows: [{ images: [{ source: image, alt: "a, vendor", caption: "vendor: ✗ <b> 75.0 %" }] }],
};

function recordOf(variant: string, seed: number): JobRecord<readonly Figure[]> {
  const details = [
    { views: 1, collections: 4, total: 4 },
    { views: 2, collections: 10, total: 99 },
  ];
  return {
    ...{
      id: `seed-${seed}/${variant}`,
      experiment: "mvhfmd",
      variant,
      sweep: null,
      command: "npm run demo",
      params: 1234,
    },
    ...ran,
    settings: { views: 2, epochs: 1, data: "emoji", seed },
    data: {
      ...{ name: "set", description: "Things <b>.", classes: ["a", "b"] },
      ...{ sizes: { train: 8, test: 4 }, sources: [], details },
    },
    stages: [{ name: "", seconds: 5, curves: { fused: [3, 2, 1] }, validation: {}, best: null, test: null }],
    test: { measurements: [], confusion: [[3, 1], [0, 4]] }, // prettier-ignore
    ...(variant === "mv-hfmd" && { figures: [figure] }),
  };
}

function resultsOf(command: Results["command"], seeds: readonly Shares[]): Results<readonly Figure[]> {
  const variants = experiment.variants.filter(({ id }) => id in seeds[0]!);
  const records = seeds.flatMap((_, seed) => variants.map(({ id }) => recordOf(id, seed)));
  return {
    ...{ command, metrics: experiment.metrics, records, typed: "npm run demo -- results" },
    ...{ settings: records[0]!.settings, data: records[0]!.data, seeds: seeds.map((_, seed) => seed) },
    variants: variants.map(({ id, name, description }) => ({ id, name, description, params: 1234 })),
    rows: seeds.flatMap(rowsOf),
  };
}

describe("the report of several seeds", () => {
  const seed = (shift: number): Shares => ({
    single: { single: [0.3 + shift], logits: [0.3 + shift, 0.5 + 2 * shift], probabilities: [0.3, 0.4] },
    hybrid: { fused: [0.3 + shift, 0.5 + 2 * shift] },
    "mv-hfmd": { fused: [0.3 + shift, 0.5 + 2 * shift], score: [0.3, 0.4], single: [0.3 + shift] },
  });
  const { text: page, charts } = markdown(
    "page",
    experiment.report(resultsOf("results", [seed(0), seed(0.1)])),
    "page",
  );

  it("gives mean and sample standard deviation over the seeds", () => {
    expect(page).toContain("| hybrid | 35.0 ± 7.1 | 60.0 ± 14.1 | 1,234 |"); // 30, 40 and 50, 70
    expect(page).toContain("| … its single view | 35.0 ± 7.1 | – | 1,234 |");
  });

  it("compares variants of the same seed", () => {
    expect(page).toContain("2 views instead of 1, hybrid + distillation: 25.0 ± 7.1"); // 20 and 30
    expect(page).toContain("with 2 views against the single view: 25.0 ± 7.1");
    expect(page).toContain("gain of hybrid by mutual distillation, 2 views: 0.0 ± 0.0");
  });

  it("names its command, its budget and what was tested", () => {
    for (const part of ["`npm run demo -- results`", "epochs 1", "10 of 99 collections of 2", "over 2 seeds", "50.0 %"])
      expect(page).toContain(part);
  });

  it("draws the mean over the seeds for each number of views", () => {
    expect(charts).toHaveLength(1);
    const { values } = charts[0]!.chart.spec.data as unknown as { values: Record<string, unknown>[] };
    expect(values.filter(({ variant, views }) => variant === "hybrid" && views === 2).map(({ percent }) => percent)).toEqual([50, 70]); // prettier-ignore
  });
});

it("has every sentence of the published page", () => {
  const outputs = (merging: Merging) => Object.fromEntries(merging.rows.map(({ output }) => [output, [0.5, 0.5]]));
  const seed = Object.fromEntries(mergings.map((merging) => [merging.id, outputs(merging)]));
  const { text } = markdown(experiment.title, experiment.report(resultsOf("results", [seed, seed])), "mvhfmd");
  expect(changedByHand("mvhfmd", text)).toEqual([]);
});

describe("the report of a run", () => {
  const shares = {
    single: { single: [0.25], logits: [0.25, 0.3] },
    "mv-hfmd": { fused: [0.25, 0.5], score: [0.25, 0.625] },
  };
  const sections = experiment.report(resultsOf("run", [shares]));

  it("has a row a prediction, a column a number of views, and fits a terminal", () => {
    const lines = textOf(sections).split("\n");
    expect(lines.find((line) => line.includes("single view"))).toMatch(/25\.0 +–/);
    expect(lines.find((line) => line.includes("hybrid + distillation "))).toMatch(/25\.0 +50\.0 +100\.0 +1,234 +5/);
    expect(
      Math.max(...lines.filter((line) => /^\S.* {2,}\S/.test(line)).map((line) => line.length)),
    ).toBeLessThanOrEqual(80);
  });

  it("is one page that needs nothing else, with table, charts and collections, and escapes what it is given", async () => {
    const page = await html(experiment.title, sections);
    expect(page.match(/<svg/g)).toHaveLength(3); // accuracy, the one term of the loss, one confusion matrix
    expect(page).not.toMatch(/(src|href)="(?!data:)/); // no source is named here, so no address at all
    expect(page).toContain('aria-label="loss of the fused prediction by step"');
    for (const part of ["62.5", "Things &#60;b&#62;.", "✗ b 75.0 %", "✗ &#60;b&#62; 75.0 %"])
      expect(page).toContain(part);
  });
});
