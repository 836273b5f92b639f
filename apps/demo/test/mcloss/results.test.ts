import { markdown } from "@fovea/experiment";
import { describe, expect, it } from "vitest";
import { experiment } from "../../src/mcloss/experiment.js";
import { bestCell, chosenJobs, gridJobs } from "../../src/mcloss/grid.js";
import { report } from "../../src/mcloss/report.js";
import { changedByHand } from "../published.js";
import { allRecords, given, results, withChosen } from "./records.js";

describe("the grid", () => {
  const top1 = (id: string) =>
    ({ "grid/alpha-0.1-beta-20": 0.5, "grid/alpha-1.5-beta-20": 0.5, "seed-1/mc": 0.9 })[id] ?? 0.3;
  const records = allRecords(top1);

  it("is a short run for each pair of weights and one without the loss, and never uses test images", () => {
    const jobs = gridJobs(given);
    expect(jobs.map(({ id }) => id)).toEqual(["grid/ce", "grid/alpha-0.1-beta-1", "grid/alpha-0.1-beta-20", "grid/alpha-1.5-beta-1", "grid/alpha-1.5-beta-20"]); // prettier-ignore
    expect(jobs[2]).toMatchObject({ variant: "mc", settings: { ...given, epochs: 4, alpha: 0.1, beta: 20 } });
    for (const { tested } of jobs) expect(tested).toBe(false);
    expect(gridJobs({ ...given, grid: "off" })).toEqual([]);
    expect(gridJobs({ ...given, gridAlphas: [] })).toEqual([]);
  });

  it("chooses the cell that is best on validation images, the first of equal ones, once all are there", () => {
    expect(bestCell({ records }, given)).toEqual({ alpha: 0.1, beta: 20 });
    expect(bestCell({ records: records.slice(0, -1) }, given)).toBeUndefined();
    expect(bestCell({ records }, { ...given, gridAlphas: [] })).toBeUndefined();
  });

  it("has its choice trained with the full budget and every seed, and compared with cross-entropy", () => {
    expect(chosenJobs(results("results", records.slice(0, -1)), given)).toEqual([]);
    const chosen = chosenJobs(results("results", records), given);
    expect(chosen.map(({ id }) => id)).toEqual(["seed-0/mc-chosen", "seed-1/mc-chosen"]);
    expect(chosen[1]!.settings).toEqual({ ...given, seed: 1, alpha: 0.1, beta: 20 });
    const all = withChosen(records, (id) => (id.startsWith("seed-0") ? 0.5 : 0.7));
    const page = markdown("T", report(results("results", all)), "mcloss").text;
    expect(page).toContain(
      "alpha 0.1 and beta 20, and the full budget: validation 70.0 ± 14.1, test top-1 60.0 ± 14.1",
    );
    expect(page).toContain(
      "That is 30.0 ± 14.1 and 30.0 ± 14.1 points more than cross-entropy alone with the same seed.",
    );
    expect(page.match(/scratch, ξ a class, MC \|/g)).toHaveLength(1); // the chosen one is no row of the table
  });
});

describe("the page of results", () => {
  const top1 = (id: string) =>
    ({
      "seed-0/mc": 0.5,
      "seed-1/mc": 0.7,
      "seed-0/ce-wide": 0.4,
      "seed-1/ce-wide": 0.4,
      "grid/alpha-1.5-beta-1": 0.62,
    })[id] ?? 0.3;
  const pageOf = (of = given) => markdown("T", report(results("results", allRecords(top1, of), of)), "mcloss").text;
  const page = pageOf();

  it("gives mean and sample standard deviation over the seeds", () => {
    expect(page).toContain(
      "| scratch, ξ a class, MC | 70.0 ± 14.1 | 60.0 ± 14.1 | 100.0 ± 0.0 | 50.0 ± 0.0 | – | 1.50 ± 0.00 of 2–3 | 1,234 |",
    );
  });

  it("compares variants of the same seed", () => {
    expect(page).toContain(
      "- scratch, ξ a class, MC against scratch, ξ a class, CE: test top-1 20.0 ± 14.1, validation top-1 20.0 ± 14.1, test sister errors 0.0 ± 0.0",
    );
  });

  it("has the grid, its best cell, and what it is without the loss", () => {
    expect(page).toContain(
      "| alpha \\ beta | 1 | 20 |\n| --- | ---: | ---: |\n| 0.1 | 40.0 | 40.0 |\n| 1.5 | **72.0** | 40.0 |",
    );
    expect(page).toContain("Best: alpha 1.5, beta 1.");
    expect(page).toContain("With cross-entropy alone it is 40.0.");
    expect(page).toContain("for 4 epochs instead of 9");
    expect(pageOf({ ...given, grid: "off" })).not.toContain("alpha \\");
  });

  it("says what was selected on what, the budget, the data, the commit, the machine and the command", () => {
    for (const part of [
      "the weights of the best epoch are kept and tested once",
      "report the best test accuracy",
      "epochs 9, learningRate",
      "4 classes; 8 train, 6 validation, 4 test",
      "`npm run demo -- mcloss results` at commit abc1234, on a processor, 2 cores",
      "over 2 seeds. Guessing gives 25.0 % top-1, and 33.3 % of its errors stay in the family.",
    ])
      expect(page).toContain(part);
    expect(page).not.toMatch(/undefined|NaN|<svg|data:/);
  });

  it("has every sentence of the published page", () => {
    const chosen = withChosen(allRecords(top1), () => 0.5);
    const { text } = markdown(experiment.title, report(results("results", chosen)), "mcloss");
    expect(changedByHand("mcloss", text)).toEqual([]);
  });
});
