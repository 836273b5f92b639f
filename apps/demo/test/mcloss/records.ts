import { defaultsOf, resultsOf, type JobRecord, type Results } from "@fovea/experiment";
import { experiment } from "../../src/mcloss/experiment.js";
import type { Example } from "../../src/mcloss/figures.js";
import { chosenJobs, gridJobs } from "../../src/mcloss/grid.js";
import { networks } from "../../src/mcloss/networks.js";
import { settings, type Settings } from "../../src/mcloss/settings.js";
import { ran } from "../provenance.js";

export const given: Settings = {
  ...defaultsOf(settings),
  epochs: 9,
  gridEpochs: 4,
  gridAlphas: [0.1, 1.5],
  gridBetas: [1, 20],
};

export type McLossRecord = JobRecord<readonly Example[]>;

/** What a job might have come to: half of the errors are of sisters. */
export const recordOf = (
  { id, variant, settings: own, sweep = null, tested = true }: { readonly id: string; readonly variant: string; readonly settings: Settings; readonly sweep?: string | null; readonly tested?: boolean }, // prettier-ignore
  top1: number,
): McLossRecord => ({
  ...{ id, experiment: "mcloss", variant, sweep, settings: { ...own }, command: "npm run demo -- mcloss results" },
  ...{ ...ran, params: 1234 },
  data: {
    ...{ name: "set", description: "Things <b>.", classes: ["cat", "lynx", "dog", "wolf"], sources: [] },
    ...{ sizes: { train: 8, validation: 6, test: 4 }, details: { families: ["cats", "cats", "dogs", "dogs"] } },
  },
  stages: [
    {
      ...{ name: "", seconds: 5, best: { epoch: 2, value: top1 + 0.1 }, test: null },
      curves: { "cross-entropy": [3, 2, 1], ...(variant.includes("mc") && { discriminality: [2, 1, 1] }) },
      validation: { top1: [0.2, top1 + 0.1], diversity: [1, 1.5] },
    },
  ],
  test: tested
    ? {
        measurements: Object.entries({ top1, top5: 1, map: null, diversity: 1.5, sisters: 0.5 }).map(([metric, value]) => ({ metric, value })), // prettier-ignore
        confusion: [[5, 3, 0, 0], [2, 6, 0, 0], [0, 1, 7, 0], [0, 0, 0, 8]], // prettier-ignore
        details: { channels: [2, 3] },
      }
    : null,
});

const ids = networks.map(({ id }) => id);

export const results = (
  command: "run" | "results",
  records: readonly McLossRecord[],
  of = given,
  variants = ids,
): Results<readonly Example[]> =>
  // prettier-ignore
  resultsOf(experiment, of, { command, typed: "npm run demo -- mcloss results", variants, seeds: 2 }, records);

/** The record of every job of two seeds and of the grid. @param top1 - of a job, by its name */
export const allRecords = (top1: (id: string) => number, of = given): McLossRecord[] => [
  ...[0, 1].flatMap(
    (seed) =>
    ids.map((variant) => recordOf({ id: `seed-${seed}/${variant}`, variant, settings: { ...of, seed } }, top1(`seed-${seed}/${variant}`))), // prettier-ignore
  ),
  ...gridJobs(of).map((job) => recordOf(job, top1(job.id))),
];

/** And of those that follow from the grid. */
export const withChosen = (records: readonly McLossRecord[], top1: (id: string) => number): McLossRecord[] => [
  ...records,
  ...chosenJobs(results("results", records), given).map((job) => recordOf(job, top1(job.id))),
];
