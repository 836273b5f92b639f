import type { RunHeader } from "../run.js";
import type { McLossData, StrategyRun, TrainedStrategy } from "./run.js";
import type { Settings } from "./settings.js";
import { STRATEGIES, strategiesOf, type Strategy } from "./strategies.js";

/** One strategy with one set of settings: what one process does at a time. */
export interface Job {
  /** `seed-0/mc`, or `grid/alpha-1.5-beta-20`; the name of its file. */
  readonly id: string;
  readonly strategy: Strategy;
  readonly settings: Settings;
  /** Whether the test pictures are looked at. In the grid they are not: a setting is chosen there. */
  readonly tested: boolean;
}

/** What a job found, as its file holds it. */
export interface JobResult extends RunHeader {
  readonly schema: "mcloss-job/1";
  readonly id: string;
  readonly data: McLossData;
  readonly strategy: TrainedStrategy & { readonly test: StrategyRun["test"] | null };
}

/** What the results are made of. */
export interface Plan {
  readonly settings: Settings;
  readonly seeds: number;
  /** The grid's budget, on seed 0. */
  readonly gridEpochs: number;
  readonly alphas: readonly number[];
  readonly betas: readonly number[];
}

/** Every strategy with every seed, then the grid, and beside it the network without the loss. */
export function jobsOf({ settings, seeds, gridEpochs, alphas, betas }: Plan): Job[] {
  const [plain, mc] = strategiesOf(["ce-wide", "mc"]);
  const small = { ...settings, seed: 0, epochs: gridEpochs };
  return [
    ...Array.from({ length: seeds }, (_, seed) =>
      STRATEGIES.map((strategy): Job => ({
        id: `seed-${seed}/${strategy.id}`,
        strategy,
        settings: { ...settings, seed },
        tested: true,
      })),
    ).flat(),
    ...(alphas.length * betas.length > 0
      ? [{ id: "grid/ce", strategy: plain!, settings: small, tested: false } as const]
      : []),
    ...alphas.flatMap((alpha) =>
      betas.map((beta): Job => ({
        id: gridId(alpha, beta),
        strategy: mc!,
        settings: { ...small, alpha, beta },
        tested: false,
      })),
    ),
  ];
}

/** The grid's best cell on the validation pictures, the first of equal ones; undefined until all of them are there. */
export function bestCell(
  { alphas, betas }: Pick<Plan, "alphas" | "betas">,
  results: readonly JobResult[],
): { alpha: number; beta: number } | undefined {
  const cells = alphas.flatMap((alpha) => betas.map((beta) => ({ alpha, beta })));
  const scores = cells.map(({ alpha, beta }) => results.find(({ id }) => id === gridId(alpha, beta)));
  if (cells.length === 0 || scores.includes(undefined)) return undefined;
  const accuracies = scores.map((result) => result!.strategy.best.accuracy);
  return cells[accuracies.indexOf(Math.max(...accuracies))];
}

/**
 * MC-Loss from scratch with the weights that the grid has chosen, the whole budget and every seed; none until the grid
 * is there.
 */
export function chosenJobs(plan: Plan, results: readonly JobResult[]): Job[] {
  const [mc] = strategiesOf(["mc"]);
  const cell = bestCell(plan, results);
  if (!cell) return [];
  return Array.from({ length: plan.seeds }, (_, seed) => ({
    id: `seed-${seed}/mc-chosen`,
    strategy: mc!,
    settings: { ...plan.settings, seed, ...cell },
    tested: true,
  }));
}

export const gridId = (alpha: number, beta: number): string => `grid/alpha-${alpha}-beta-${beta}`;
