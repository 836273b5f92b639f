import { expect, it } from "vitest";
import { KINDS } from "../../src/zoomin/gradient-noise.js";
import { jobsOf, type Job, type JobResult } from "../../src/zoomin/jobs.js";
import { resultsPage } from "../../src/zoomin/results-page.js";
import type { StageRun } from "../../src/zoomin/run.js";
import { DEFAULTS } from "../../src/zoomin/settings.js";
import { runOf } from "../support.js";

const [SMALL, LARGE, UNSEEN] = [256, 512, 2048];

/**
 * What test accuracy might have come to, by strategy, for seed 0 and 1 on the first side; a tenth less on the next one,
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

const quality = (accuracy: number) => ({ accuracy, found: accuracy / 2, confusion: [[1]] });

const stage = (side: number, accuracy: number): StageRun => ({
  ...{ side, seconds: 5, curves: {}, best: { epoch: 2, accuracy } },
  measured: { "validation accuracy": [0, accuracy], "validation needles looked at": [0, 1] },
  test: quality(side === SMALL ? accuracy : accuracy - 0.1),
});

function resultOf({ id, strategy, settings }: Job): JobResult {
  const { date, command, commit, machine, data } = runOf([]);
  const accuracy = ACCURACY[strategy.id]![settings.seed]!;
  const { name, description } = strategy;
  return {
    ...{ schema: "zoomin-job/1", id, date, command, commit, machine, settings },
    data: { ...data, classes: ["a", "b", "c", "none"], validationImages: 6 },
    strategy: {
      id: strategy.id,
      name,
      description,
      params: 1234,
      stages: settings.sides.map((side) => stage(side, accuracy)),
    },
    unseen: strategy.against === undefined && strategy.id !== "full" ? quality(accuracy / 2) : null,
    variance:
      strategy.id === "attention-sampling"
        ? KINDS.flatMap((kind, k) =>
            [1, 2].map((patches) => ({ kind, patches, noise: (k + 1) / patches + settings.seed, squaredBias: k - 1 })),
          )
        : [],
  };
}

const settings = { ...DEFAULTS, sides: [SMALL, LARGE], unseen: UNSEEN };
const page = (memory: string | null = null) =>
  resultsPage(jobsOf(settings, 2).map(resultOf), { command: "the command", chart: "docs/zoomin-variance.svg", memory });

it("has a row a network: mean and sample deviation over the seeds, and what is too large", () => {
  expect(page()).toContain("| test accuracy | 256² | 512² | 2048², not trained on | params |");
  expect(page()).toContain("| Zoom-In | 85.0 ± 7.1 | 75.0 ± 7.1 | 42.5 ± 3.5 | 1,234 |");
  expect(page()).toContain("| CNN, full picture | 60.0 ± 0.0 | 50.0 ± 0.0 | too large | 1,234 |");
  expect(page()).toContain("| Zoom-In | 42.5 ± 3.5 | 37.5 ± 3.5 | 21.3 ± 1.8 |"); // the sign seen
  expect(page()).toContain("chance is 25.0 %");
});

it("tells networks against each other within a seed", () => {
  expect(page()).toContain("- Zoom-In against attention sampling: 256² 5.0 ± 7.1, 512² 5.0 ± 7.1, 2048² 2.5 ± 3.5");
  expect(page()).toContain("- Zoom-In against CNN, down-scaled: 256² 40.0 ± 14.1, 512² 40.0 ± 14.1, 2048² 20.0 ± 7.1");
  expect(page()).toMatch(/- attention sampling against CNN, full picture: 256² 20.0 ± 14.1, 512² 20.0 ± 14.1\n/);
});

it("tells each change against what it changes, on the first side, and over all epochs", () => {
  expect(page()).toMatch(/\| Zoom-In \| it also learns that nothing .* \| 5.0 ± 7.1 \| 2.5 ± 3.5 \|/);
  expect(page()).toMatch(/\| Zoom-In \| the score of a tile is the mean .* \| -15.0 ± 7.1 \| -7.5 ± 3.5 \|/);
  expect(page()).toMatch(/\| CNN, down-scaled \| its features .* \| -5.0 ± 7.1 \| -2.5 ± 3.5 \|/);
  expect(page()).toMatch(/\| attention sampling \| the same estimate with .* \| -5.0 ± 7.1 \| -2.5 ± 3.5 \|/);
});

it("has noise and squared bias of every way to draw, over the seeds", () => {
  expect(page()).toContain("| 1 | 1.500 | 2.500 | 1.75 ± 0.35 | 0.000 | 3.500 | 1.000 |");
  expect(page()).toContain("| 2 | 1.000 | 1.500 | 1.67 ± 0.47 | 0.000 | 2.000 | 1.000 |");
  expect(page()).toContain("(zoomin-variance.svg)");
});

it("says what it was made from", () => {
  for (const part of ["`the command` at commit abc1234", "a processor, 2 cores", `${DEFAULTS.scenes} scenes`])
    expect(page()).toContain(part);
  expect(page("# Memory\n\n## Rows")).toMatch(/\n\n## Memory\n\n.*\n\n### Rows\n\n## How it was made/);
  expect(page()).not.toMatch(/undefined|NaN/);
});
