import type { RunHeader } from "../run.js";
import type { Quality } from "./evaluate.js";
import type { StrategyRun, ZoomInData } from "./run.js";
import type { Settings } from "./settings.js";
import { STRATEGIES, type Strategy } from "./strategies.js";
import type { VariancePoint } from "./variance.js";

/** One strategy with one seed. */
export interface Job {
  /** `seed-0/zoom-in`; the name of its file. */
  readonly id: string;
  readonly strategy: Strategy;
  readonly settings: ResultSettings;
}

/** What the page is made with. */
export interface ResultSettings extends Settings {
  /** Side of scenes that are only tested on, larger than any that is learned from. */
  readonly unseen: number;
}

/** What a job found, as its file holds it. */
export interface JobResult extends Omit<RunHeader, "settings"> {
  readonly schema: "zoomin-job/1";
  readonly id: string;
  readonly settings: ResultSettings;
  readonly data: ZoomInData;
  readonly strategy: StrategyRun;
  /** Null where a view of the whole would be too large. */
  readonly unseen: Quality | null;
  /** Of the gradient, by patches, once trained; where it was asked for. */
  readonly variance: readonly VariancePoint[];
}

/** Every strategy with every seed; those that differ in one thing from another on the first side only. */
export const jobsOf = (settings: Omit<ResultSettings, "seed">, seeds: number): Job[] =>
  Array.from({ length: seeds }, (_, seed) =>
    STRATEGIES.map((strategy): Job => ({
      id: `seed-${seed}/${strategy.id}`,
      strategy,
      settings: { ...settings, seed, sides: strategy.against ? settings.sides.slice(0, 1) : settings.sides },
    })),
  ).flat();
