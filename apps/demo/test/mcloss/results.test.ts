import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claim, finished, save } from "../../src/job-files.js";
import { bestCell, chosenJobs, jobsOf, type Plan } from "../../src/mcloss/jobs.js";
import { resultsPage } from "../../src/mcloss/results-page.js";
import { DEFAULTS } from "../../src/mcloss/settings.js";
import { resultsOf, resultsOfJobs } from "./runs.js";

const plan: Plan = {
  settings: { ...DEFAULTS, epochs: 9 },
  seeds: 2,
  gridEpochs: 4,
  alphas: [0.1, 1.5],
  betas: [1, 20],
};

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "fovea-jobs-"));
});
afterAll(() => rm(out, { recursive: true, force: true }));

describe("jobs", () => {
  const jobs = jobsOf(plan);
  const named = (id: string) => jobs.find((job) => job.id === id)!;

  it("are every strategy with every seed, and the grid, which never looks at test pictures", () => {
    expect(jobs).toHaveLength(2 * 7 + 1 + 4);
    expect(named("seed-1/mc").settings).toEqual({ ...plan.settings, seed: 1 });
    expect(named("grid/alpha-0.1-beta-20").settings).toEqual({ ...plan.settings, epochs: 4, alpha: 0.1, beta: 20 });
    for (const { id, tested } of jobs) expect(tested).toBe(!id.startsWith("grid/"));
    expect(jobsOf({ ...plan, alphas: [] })).toHaveLength(2 * 7);
  });

  it("are one process's at a time, and of a killed process nobody's", async () => {
    const job = named("seed-0/mc");
    const release = await claim(out, job);
    expect(await claim(out, job)).toBeNull();
    await release!();
    const file = join(out, "seed-0", "mc.claim");
    await expect(access(file)).rejects.toThrow("ENOENT");
    await writeFile(file, "999999999"); // above every process's number
    const again = await claim(out, job);
    expect(again).not.toBeNull();
    await again!();
  });

  it("are done when their file is there, with their settings", async () => {
    const job = named("seed-1/ce");
    const release = await claim(out, job);
    expect(await finished(out, job)).toBeUndefined();
    const result = resultsOf(plan, () => 0.5).find(({ id }) => id === job.id)!;
    await save(out, result);
    expect(await finished(out, job)).toEqual(result);
    expect(await finished(out, { ...job, settings: { ...job.settings, lr: 7 } })).toBeUndefined();
    await release!();
  });
});

describe("the grid", () => {
  const top1 = (id: string) =>
    ({ "grid/alpha-0.1-beta-20": 0.5, "grid/alpha-1.5-beta-20": 0.5, "seed-1/mc": 0.9 })[id] ?? 0.3;
  const results = resultsOf(plan, top1);

  it("chooses the cell that is best on validation pictures, the first of equal ones, once all are there", () => {
    expect(bestCell(plan, results)).toEqual({ alpha: 0.1, beta: 20 });
    expect(bestCell(plan, results.slice(0, -1))).toBeUndefined();
    expect(bestCell({ alphas: [], betas: [1] }, results)).toBeUndefined();
  });

  it("has its choice trained with the whole budget and every seed, and told against cross-entropy", () => {
    expect(chosenJobs(plan, results.slice(1))).toHaveLength(2);
    expect(chosenJobs(plan, results.slice(0, -1))).toEqual([]);
    const chosen = chosenJobs(plan, results);
    expect(chosen.map(({ id }) => id)).toEqual(["seed-0/mc-chosen", "seed-1/mc-chosen"]);
    expect(chosen[1]).toMatchObject({ tested: true, settings: { ...plan.settings, seed: 1, alpha: 0.1, beta: 20 } });
    const better = resultsOfJobs(chosen, (id) => (id.startsWith("seed-0") ? 0.5 : 0.7));
    const page = resultsPage([...results, ...better], plan, "npm run demo -- mcloss-results");
    expect(page).toContain(
      "alpha 0.1 and beta 20, and the whole budget: validation 70.0 ± 14.1, test top-1\n60.0 ± 14.1",
    );
    expect(page).toContain("which is 30.0 ± 14.1 and 30.0 ± 14.1 points");
    expect(page.match(/scratch, ξ a class, MC \|/g)).toHaveLength(1); // not a strategy of the table
  });
});

describe("resultsPage", () => {
  const top1 = (id: string) =>
    ({
      "seed-0/mc": 0.5,
      "seed-1/mc": 0.7,
      "seed-0/ce-wide": 0.4,
      "seed-1/ce-wide": 0.4,
      "grid/alpha-1.5-beta-1": 0.62,
    })[id] ?? 0.3;
  const page = resultsPage(resultsOf(plan, top1), plan, "npm run demo -- mcloss-results");

  it("gives mean and sample standard deviation over the seeds", () => {
    expect(page).toContain(
      "| scratch, ξ a class, MC | 70.0 ± 14.1 | 60.0 ± 14.1 | 100.0 ± 0.0 | 50.0 ± 0.0 | – | 1.50 ± 0.00 of 2–3 | 1,234 |",
    );
  });

  it("compares within a seed", () => {
    expect(page).toContain(
      "- scratch, ξ a class, MC against scratch, ξ a class, CE: test top-1 20.0 ± 14.1, validation 20.0 ± 14.1, sister errors 0.0 ± 0.0",
    );
  });

  it("has the grid, its best cell, and what it is without the loss", () => {
    expect(page).toContain(
      "| alpha \\ beta | 1 | 20 |\n| --- | --- | --- |\n| 0.1 | 40.0 | 40.0 |\n| 1.5 | **72.0** | 40.0 |",
    );
    expect(page).toContain("Best: alpha 1.5, beta 1.");
    expect(page).toContain("With cross-entropy alone it is 40.0.");
    expect(page).toContain("for 4 passes instead of 9");
    expect(resultsPage(resultsOf({ ...plan, betas: [] }, top1), { ...plan, betas: [] }, "c")).not.toContain("alpha \\");
  });

  it("says what was selected on what, the budget, the data, the commit, the machine and the command", () => {
    for (const part of [
      "weights of the best epoch are kept, and are tested once",
      "authors report the best test accuracy",
      "epochs 9, lr",
      "8 pictures to learn from, 6 to choose on, 4 to be tested on",
      "`npm run demo -- mcloss-results` at commit abc1234, on a processor, 2 cores",
      "over 2 seeds. Chance is 25.0 % top-1, and 33.3 % of errors in the family",
    ])
      expect(page).toContain(part);
    expect(page).not.toMatch(/undefined|NaN/);
  });
});
