import type { DataSummary, Prediction, RunHeader } from "../run.js";
import type { Quality } from "./evaluate.js";

/** What one run of `mcloss` found: all that the report shows, and what `run.json` holds. */
export interface McLossRun extends RunHeader {
  readonly schema: "mcloss/1";
  readonly data: McLossData;
  readonly strategies: readonly StrategyRun[];
}

export interface McLossData extends DataSummary {
  readonly validationImages: number;
  /** Of each class. */
  readonly families: readonly string[];
}

/** One strategy, trained. */
export interface TrainedStrategy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The strategy that it is compared with. */
  readonly baseline: string | null;
  readonly params: number;
  /** Channels of the last map that a class owns: the least and the most. */
  readonly channels: readonly [number, number];
  readonly seconds: number;
  /** Loss terms by name, one number a step. */
  readonly curves: Readonly<Record<string, readonly number[]>>;
  /** What was measured on the validation pictures after each epoch, by name. */
  readonly measured: Readonly<Record<string, readonly number[]>>;
  /** Whose weights were kept: the epoch, counted from 1, and its validation accuracy. */
  readonly best: { readonly epoch: number; readonly accuracy: number };
}

/** The same, tested. */
export interface StrategyRun extends TrainedStrategy {
  readonly test: Quality & { readonly sisters: number | null };
}

/** A test picture, and where each network's channels look. Pictures are `data:` addresses. */
export interface ChannelExample {
  readonly label: string;
  readonly source: string;
  readonly picture: string;
  readonly looks: readonly Look[];
}

/** What one network says of a picture. */
export interface Look {
  readonly name: string;
  readonly said: Prediction;
  /** The true class, and the likeliest of the others. */
  readonly classes: readonly ClassChannels[];
}

/** The channels of one class on one picture. */
export interface ClassChannels {
  readonly label: string;
  readonly probability: number;
  /** h of these channels on this picture. */
  readonly diversity: number;
  /** The picture under each channel, all of a look on one scale. */
  readonly heats: readonly string[];
}
