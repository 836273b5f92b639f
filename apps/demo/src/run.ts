import type { Source } from "@fovea/open-datasets";

/** What is said of every run. */
export interface RunHeader {
  readonly date: string;
  readonly command: string;
  /** Of the code that ran; `unknown` outside of a repository. */
  readonly commit: string;
  readonly machine: Machine;
  readonly data: DataSummary;
  /** The settings that every strategy shared. */
  readonly settings: Readonly<Record<string, string | number>>;
}

/** What one run of the demo found: all that the report shows, and what `run.json` holds. */
export interface MvHfmdRun extends RunHeader {
  readonly schema: "mvhfmd/1";
  readonly strategies: readonly StrategyRun[];
}

/** Where it ran. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly engine: string;
}

/** What it ran on. */
export interface DataSummary {
  readonly name: string;
  readonly description: string;
  readonly classes: readonly string[];
  readonly trainImages: number;
  readonly testImages: number;
  /** Whose pictures these are. */
  readonly sources: readonly Source[];
}

/** One way to merge views, trained and tested. */
export interface StrategyRun {
  readonly name: string;
  /** One sentence: where and how the views meet. */
  readonly description: string;
  readonly params: number;
  readonly seconds: number;
  /** Loss terms by name, one number a step. */
  readonly curves: Readonly<Record<string, readonly number[]>>;
  readonly accuracy: readonly Accuracy[];
}

/** Accuracy on collections of `views` views. */
export interface Accuracy {
  readonly views: number;
  readonly top1: number;
  readonly top5: number;
  /** How many were tested, and of how many that there are. */
  readonly collections: number;
  readonly total: number;
}

/** A test collection as the report draws it. */
export interface Example {
  readonly label: string;
  readonly fused: Prediction;
  readonly score: Prediction;
  readonly views: readonly ExampleView[];
}

/** One view: the picture, the picture under its attention, and what it says alone. Pictures are `data:` addresses. */
export interface ExampleView {
  readonly source: string;
  readonly picture: string;
  readonly attention: string;
  readonly single: Prediction;
}

/** The likeliest class. */
export interface Prediction {
  readonly label: string;
  readonly probability: number;
  readonly right: boolean;
}
