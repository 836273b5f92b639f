import { defaultsOf, markdown, resultsOf, type JobRecord } from "@fovea/experiment";
import { describe, expect, it } from "vitest";
import { experiment } from "../../src/apd/experiment.js";
import type { Example } from "../../src/apd/figures.js";
import { report } from "../../src/apd/report.js";
import { settings as spec } from "../../src/apd/settings.js";
import { bestRate, LONG, TUNED, tunedJobs, tuneJobs } from "../../src/apd/tuning.js";
import { trainings } from "../../src/apd/variants.js";
import { ran } from "../provenance.js";
import { changedByHand } from "../published.js";

const settings = { ...defaultsOf(spec), epochs: 9, learningRate: 0.001, tuneRates: [0.001, 0.01] };
const ids = trainings.map(({ id }) => id);

/** What a job might have come to. */
interface Found {
  readonly miou: number;
  readonly seconds: number;
  readonly sweep?: string;
  readonly epochs?: number;
}

const recordOf = (id: string, variant: string, seed: number, found: Found): JobRecord<readonly Example[]> => ({
  ...{ id, experiment: "apd", variant, sweep: found.sweep ?? null },
  settings: { ...settings, seed, epochs: found.epochs ?? settings.epochs },
  ...{ ...ran, command: "npm run demo -- apd results", params: 1234 },
  data: {
    ...{ name: "set", description: "Things.", classes: ["sea", "land"], sources: [] },
    sizes: { train: 8, validation: 6, test: 4 },
  },
  stages: [
    {
      ...{ name: "", seconds: found.seconds, best: { epoch: 2, value: found.miou + 0.1 }, test: null },
      ...{ curves: { pixel: [3, 2, 1] }, validation: { miou: [0.2, 0.5] } },
    },
  ],
  test: {
    measurements: [
      { metric: "miou", value: found.miou },
      { metric: "accuracy", value: 0.9 },
      { metric: "iou", value: found.miou, at: { class: "sea" } },
      { metric: "iou", value: null, at: { class: "land" } },
    ],
    confusion: [[5, 3], [2, 6]], // prettier-ignore
  },
});

const mious: Record<string, number> = { teacher: 0.7, student: 0.5, kd: 0.55, "apd-unaligned": 0.58, apd: 0.6 };
const own = [0, 1].flatMap((seed) =>
  ids.map((id) =>
    recordOf(`seed-${seed}/${id}`, id, seed, {
      miou: (mious[id] ?? 0.5) - (id === "apd" ? 0.1 * seed : 0),
      seconds: id === "apd" ? 300 : 100,
    }),
  ),
);
const triedAt = (rates: readonly number[]) =>
  rates.map((rate, i) =>
    recordOf(`tune/rate-${rate}`, "student", 0, { miou: 0.4 + 0.05 * i, seconds: 100, sweep: "tune" }),
  );
const tried = triedAt(settings.tuneRates);
const resultsFrom = (records: readonly JobRecord<readonly Example[]>[], variants = ids, given = settings) => {
  const typed = "npm run demo -- apd results";
  return resultsOf(experiment, given, { command: "results", typed, variants, seeds: 2 }, records);
};

describe("the tuned student", () => {
  it("has the best of the learning rates by validation, and as many epochs as APD takes time", () => {
    expect(tuneJobs(settings).map(({ tested }) => tested)).toEqual([false, false]);
    expect(bestRate({ records: own }, settings)).toBeUndefined();
    const jobs = tunedJobs(resultsFrom([...own, ...tried]), settings);
    expect(jobs.map(({ id }) => id)).toEqual(["seed-0/student-tuned", "seed-1/student-tuned", "seed-0/student-long", "seed-1/student-long"]); // prettier-ignore
    expect(jobs.map(({ settings }) => [settings.learningRate, settings.epochs, settings.seed])).toEqual([[0.01, 9, 0], [0.01, 9, 1], [0.01, 27, 0], [0.01, 27, 1]]); // prettier-ignore
  });

  it("is no run of its own where all students have the best rate", () => {
    const same = { ...settings, learningRate: 0.01 };
    expect(tunedJobs(resultsFrom([...own, ...tried]), same).map(({ sweep }) => sweep)).toEqual([LONG, LONG]);
  });

  it("waits until the times of all seeds are known, and for no APD if there is none", () => {
    const without = own.filter(({ id }) => id !== "seed-1/apd");
    expect(tunedJobs(resultsFrom([...without, ...tried]), settings).map(({ sweep }) => sweep)).toEqual([TUNED, TUNED]);
  });
});

describe("the page of results", () => {
  const tuned = [0, 1].flatMap((seed) => [
    recordOf(`seed-${seed}/student-tuned`, "student", seed, { miou: 0.57, seconds: 100, sweep: TUNED }),
    recordOf(`seed-${seed}/student-long`, "student", seed, { miou: 0.61, seconds: 290, sweep: LONG, epochs: 27 }),
  ]);
  const page = markdown(experiment.title, report(resultsFrom([...own, ...tried, ...tuned])), "apd").text;

  it("says how well each network does, class by class, and how long it took", () => {
    expect(page).toContain("| teacher | 80.0 ± 0.0 | 70.0 ± 0.0 | 90.0 ± 0.0 | 100 ± 0 | 1,234 |");
    expect(page).toContain("| student, APD | 65.0 ± 7.1 | 55.0 ± 7.1 | 90.0 ± 0.0 | 300 ± 0 | 1,234 |");
    expect(page).toContain("| student alone, tuned, as long as APD | 71.0 ± 0.0 | 61.0 ± 0.0 | 90.0 ± 0.0 | 290 ± 0 |");
    expect(page).toMatch(/\| sea \| 70\.0 ± 0\.0 \| 50\.0 ± 0\.0 \|.*\| 57\.0 ± 0\.0 \| 61\.0 ± 0\.0 \|/);
    expect(page).toMatch(/\| land \| – \| – \|/);
  });

  it("says what each term adds, seed by seed, and what is left against a tuned student", () => {
    expect(page).toContain("- student, APD against student alone: 5.0 ± 7.1");
    expect(page).toContain("- student, APD without alignment against student, KD: 3.0 ± 0.0");
    expect(page).toContain("- student, APD against student, APD without alignment: -3.0 ± 7.1");
    expect(page).toContain("- student, APD against student alone, tuned: -2.0 ± 7.1");
    expect(page).toContain("- student, APD against student alone, tuned, as long as APD: -6.0 ± 7.1");
    expect(page).toContain("| **0.01** | 55.0 |");
    expect(page).toContain("The others keep theirs.");
    expect(page).toContain("trained for 9 epochs, as all students are, and for 27, which take as long as APD does");
  });

  it("has every sentence of the published page", () => {
    const classes = ["background", ...settings.groups];
    const published = { ...settings, learningRate: 0.01, tuneRates: [0.01, 0.03] };
    const records = [...own, ...tuned, ...triedAt(published.tuneRates)].map((record) => ({
      ...record,
      data: { ...record.data, classes },
    }));
    const { text } = markdown(experiment.title, report(resultsFrom(records, ids, published)), "apd");
    expect(changedByHand("apd", text)).toEqual([]);
  });

  it("compares what is there", () => {
    const few = markdown("", report(resultsFrom(own, ["student", "cwd"])), "apd").text;
    expect(few).toContain("- student, CWD against student alone: 0.0 ± 0.0");
    expect(few).not.toContain("APD against");
    expect(few).not.toMatch(/undefined|NaN/);
  });
});
