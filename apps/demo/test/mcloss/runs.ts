import { jobsOf, type Job, type JobResult, type Plan } from "../../src/mcloss/jobs.js";
import type { McLossRun, StrategyRun } from "../../src/mcloss/run.js";
import { DEFAULTS } from "../../src/mcloss/settings.js";
import { STRATEGIES } from "../../src/mcloss/strategies.js";
import { runOf } from "../support.js";

/** What a strategy might have come to: half of the errors are of sisters. */
export const strategyRun = (id: string, top1: number): StrategyRun => {
  const { name, description, baseline = null } = STRATEGIES.find((strategy) => strategy.id === id)!;
  return {
    ...{ id, name, description, baseline },
    params: 1234,
    channels: [2, 3],
    seconds: 5,
    curves: { "cross-entropy": [3, 2, 1], ...(id.includes("mc") && { discriminality: [2, 1, 1] }) },
    measured: { "validation accuracy": [0.2, top1 + 0.1], "validation diversity": [1, 1.5] },
    best: { epoch: 2, accuracy: top1 + 0.1 },
    test: {
      top1,
      top5: 1,
      map: null,
      diversity: 1.5,
      sisters: 0.5,
      confusion: [
        [5, 3, 0, 0],
        [2, 6, 0, 0],
        [0, 1, 7, 0],
        [0, 0, 0, 8],
      ],
    },
  };
};

export const header = () => {
  const { date, command, commit, machine, data } = runOf([]);
  const families = ["cats", "cats", "dogs", "dogs"];
  return {
    ...{ date, command, commit, machine },
    data: { ...data, classes: ["cat", "lynx", "dog", "wolf"], families, validationImages: 6 },
  };
};

export const mcRun = (...strategies: StrategyRun[]): McLossRun => ({
  ...header(),
  schema: "mcloss/1",
  settings: { ...DEFAULTS },
  strategies,
});

/** The result of every job of a plan. @param top1 - of a job, by its name */
export const resultsOf = (plan: Plan, top1: (id: string) => number): JobResult[] => resultsOfJobs(jobsOf(plan), top1);

export const resultsOfJobs = (jobs: readonly Job[], top1: (id: string) => number): JobResult[] =>
  jobs.map(({ id, strategy, settings, tested }) => {
    const { test, ...trained } = strategyRun(strategy.id, top1(id));
    return {
      ...header(),
      schema: "mcloss-job/1",
      id,
      settings: { ...settings },
      strategy: { ...trained, test: tested ? test : null },
    };
  });
