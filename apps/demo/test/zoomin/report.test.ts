import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultsOf, markdown, textOf, type JobRecord, type Results, type Row } from "@fovea/experiment";
import { expect, it, onTestFinished } from "vitest";
import { experiment } from "../../src/zoomin/experiment.js";
import type { Explanation } from "../../src/zoomin/explain.js";
import { KINDS } from "../../src/zoomin/gradient-noise.js";
import { NETWORKS, type Network } from "../../src/zoomin/networks.js";
import { SETTINGS } from "../../src/zoomin/settings.js";
import { ran } from "../provenance.js";
import { changedByHand } from "../published.js";
import { withoutData } from "../without-data.js";

const [SMALL, LARGE, UNSEEN] = [256, 512, 2048];

/**
 * What test accuracy might have come to, by variant, for seed 0 and 1 on the first size; a tenth less on the next one,
 * half on the unseen.
 */
const ACCURACY: Readonly<Record<string, readonly [number, number]>> = {
  "zoom-in": [0.8, 0.9],
  "attention-sampling": [0.7, 0.9],
  "down-scaled": [0.5, 0.4],
  full: [0.6, 0.6],
  "zoom-in-contrast": [0.9, 0.9],
  "zoom-in-mean": [0.7, 0.7],
  "down-scaled-features": [0.4, 0.4],
  "published-gradient": [0.7, 0.8],
};

const sizesOf = ({ baseline }: Network) => (baseline === undefined ? [SMALL, LARGE] : [SMALL]);
const accuracyAt = ({ id }: Network, seed: number, size: number) =>
  size === UNSEEN ? ACCURACY[id]![seed]! / 2 : ACCURACY[id]![seed]! - (size === LARGE ? 0.1 : 0);

/** Test accuracy, and half of it as what was found, on scenes of every size; too large for the full image. */
function rowsOf(network: Network, seed: number): Row[] {
  const unseen = network.baseline === undefined ? [UNSEEN] : [];
  return [...sizesOf(network), ...unseen].flatMap((size) => {
    const accuracy = network.id === "full" && size === UNSEEN ? null : accuracyAt(network, seed, size);
    const shared = { variant: network.id, seed, split: "test", at: { size }, sweep: null } as const;
    return [
      { ...shared, metric: "accuracy", value: accuracy },
      { ...shared, metric: "found", value: accuracy === null ? null : accuracy / 2 },
    ];
  });
}

/** How the gradient of attention sampling might have scattered. */
const scatterOf = (seed: number): Row[] =>
  KINDS.flatMap((kind, k) =>
    [1, 2].flatMap((patches) => {
      const at = { kind, patches };
      const shared = { variant: "attention-sampling", seed, split: "test", sweep: null, at } as const;
      return [
        { ...shared, metric: "noise", value: (k + 1) / patches + seed },
        { ...shared, metric: "squaredBias", value: k - 1 },
      ];
    }),
  );

const settings = { ...defaultsOf(SETTINGS), sizes: [SMALL, LARGE], unseen: UNSEEN };
const data = {
  ...{ name: "needle-signs-4", description: "Scenes.", classes: ["none", "a", "b", "c"], sources: [] },
  sizes: { train: 8, validation: 6, test: 96 },
};

function recordOf(network: Network, seed: number, figures?: Explanation): JobRecord<Explanation> {
  const stages = sizesOf(network).map((size) => {
    const accuracy = accuracyAt(network, seed, size);
    const test = { measurements: [{ metric: "accuracy", value: accuracy }], confusion: [[100]] };
    return { name: String(size), seconds: 5, curves: {}, validation: { accuracy: [0, ACCURACY[network.id]![seed]!] }, best: null, test }; // prettier-ignore
  });
  return {
    ...{ id: `seed-${seed}/${network.id}`, experiment: "zoomin", variant: network.id, sweep: null },
    ...{ settings: { ...settings, seed }, command: "typed", data, stages }, // prettier-ignore
    ...{ ...ran, params: 1234 },
    test: { measurements: [] },
    ...(figures && { figures }),
  };
}

function resultsOf(command: Results["command"], more: Partial<Results<Explanation>> = {}): Results<Explanation> {
  const seeds = [0, 1];
  return {
    ...{ command, settings, seeds, metrics: experiment.metrics, data, typed: "the command" },
    variants: NETWORKS.map(({ id, name, description, baseline }) => ({ id, name, description, baseline, params: 1234 })), // prettier-ignore
    rows: [
      ...NETWORKS.flatMap((network) => seeds.flatMap((seed) => rowsOf(network, seed))),
      ...seeds.flatMap(scatterOf),
    ],
    records: NETWORKS.flatMap((network) => seeds.map((seed) => recordOf(network, seed))),
    ...more,
  };
}

const page = (memory = "") => {
  const results = resultsOf("results", { settings: { ...settings, memory } });
  return markdown(experiment.title, experiment.report(results), "zoomin").text;
};

it("has a row a network: mean and sample deviation over the seeds, and what is too large", () => {
  expect(page()).toContain("| test accuracy | 256² | 512² | 2048², not trained on | params |");
  expect(page()).toContain("| Zoom-In | 85.0 ± 7.1 | 75.0 ± 7.1 | 42.5 ± 3.5 | 1,234 |");
  expect(page()).toContain("| CNN, full image | 60.0 ± 0.0 | 50.0 ± 0.0 | too large | 1,234 |");
  expect(page()).toContain("| Zoom-In | 42.5 ± 3.5 | 37.5 ± 3.5 | 21.3 ± 1.8 |"); // the sign seen
  expect(page()).toContain("Chance is 25.0 %");
});

it("compares networks of the same seed", () => {
  expect(page()).toContain("- Zoom-In against attention sampling: 256² 5.0 ± 7.1, 512² 5.0 ± 7.1, 2048² 2.5 ± 3.5");
  expect(page()).toContain("- Zoom-In against CNN, down-scaled: 256² 40.0 ± 14.1, 512² 40.0 ± 14.1, 2048² 20.0 ± 7.1");
  expect(page()).toMatch(/- attention sampling against CNN, full image: 256² 20.0 ± 14.1, 512² 20.0 ± 14.1\n/);
});

it("tells each change against what it changes, on the first size, and over all epochs", () => {
  expect(page()).toMatch(
    /\| it also learns that patches with low attention .* \| Zoom-In \| 5.0 ± 7.1 \| 2.5 ± 3.5 \|/,
  );
  expect(page()).toMatch(/\| the score of a tile is the mean .* \| Zoom-In \| -15.0 ± 7.1 \| -7.5 ± 3.5 \|/);
  expect(page()).toMatch(/\| its features .* \| CNN, down-scaled \| -5.0 ± 7.1 \| -2.5 ± 3.5 \|/);
  expect(page()).toMatch(/\| the same estimate, with .* \| attention sampling \| -5.0 ± 7.1 \| -2.5 ± 3.5 \|/);
});

it("has noise and squared bias of every way to draw, over the seeds", () => {
  expect(page()).toContain("| 1 | 1.500 | 2.500 | 1.75 ± 0.35 | 0.000 | 3.500 | 1.000 |");
  expect(page()).toContain("| 2 | 1.000 | 1.500 | 1.67 ± 0.47 | 0.000 | 2.000 | 1.000 |");
  expect(page()).toContain("(zoomin-1.svg)");
});

it("says what it was made from", async () => {
  for (const part of ["`the command` at commit abc1234", "a processor, 2 cores", `scenes ${SETTINGS.scenes.default}`])
    expect(page()).toContain(part);
  const root = await mkdtemp(join(tmpdir(), "fovea-memory-page-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  writeFileSync(join(root, "memory.md"), "# Memory\n\n## Rows");
  expect(page(join(root, "memory.md"))).toMatch(/\n\n## Memory\n\n.*\n\n### Rows\n\n## How it was made/);
  expect(() => page(join(root, "none.md"))).toThrow(
    /cannot read --memory .*none\.md; `npm run bench -- large --md .*none\.md` writes it/,
  );
  expect(withoutData(page())).not.toMatch(/undefined|NaN/);
});

it("has every sentence of the published page", () => {
  const classes = ["none", "stop (regulatory)", "yield (regulatory)", "no entry (regulatory)"];
  const results = resultsOf("results", { data: { ...data, classes } });
  const { text } = markdown(experiment.title, experiment.report(results), "zoomin");
  expect(changedByHand("zoomin", text)).toEqual([]);
});

it("says of a run what was learned, what became of the large scene, and what is no better than chance", () => {
  const of = { size: 5000, fileBytes: 2e6, pixelBytes: 75e6, peakBytes: 9e8 };
  const [zoomIn, , downScaled, full] = NETWORKS as [Network, Network, Network, Network];
  const answer = { text: "✓ a 93.0 %", found: true, seconds: 1.25 };
  const look = { title: "test/1: a", note: "✓ a 93.0 %", rows: [] };
  const records = [
    recordOf(zoomIn, 0, { large: { ...of, answer }, figures: [look] }),
    recordOf(downScaled, 0),
    recordOf(full, 0, { large: { ...of, answer: null }, figures: [] }),
  ];
  const all = resultsOf("run");
  const poor = (row: Row) =>
    row.variant === downScaled.id && row.metric === "accuracy" ? { ...row, value: 0.2 } : row;
  const rows = all.rows.filter(({ seed }) => seed === 0).map(poor);
  const variants = all.variants.filter(({ id }) => records.some(({ variant }) => variant === id));
  const sections = experiment.report({ ...all, records, variants, seeds: [0], rows }); // prettier-ignore
  const said = textOf(sections);
  expect(said).toMatch(/Zoom-In +256² +– +80\.0 +40\.0 +1,234 +5/);
  expect(said).toContain("Not learned: CNN, down-scaled is no better than chance");
  expect(said).toMatch(/Zoom-In +✓ a 93\.0 % +yes +1\.3/);
  expect(said).toMatch(/CNN, full image +too large +– +–/);
  expect(said.replace(/\s+/g, " ")).toMatch(/2 MB as a file, 75 MB as pixels/);
  expect(Math.max(...said.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(sections).toContainEqual(expect.objectContaining({ kind: "figures", figures: [look] }));
  expect(withoutData(JSON.stringify(sections))).not.toMatch(/undefined|NaN/);
});
