import type { DataSummary, Prediction, RunHeader } from "../run.js";
import type { Quality } from "./evaluate.js";

/** What one run of `zoomin` found: all that the report shows but the pictures, and what `run.json` holds. */
export interface ZoomInRun extends RunHeader {
  readonly schema: "zoomin/2";
  readonly data: ZoomInData;
  readonly strategies: readonly StrategyRun[];
  readonly large: LargeRun;
}

export interface ZoomInData extends DataSummary {
  readonly validationImages: number;
}

/** One strategy, trained and tested. */
export interface StrategyRun {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly params: number;
  /** One after another, from small scenes to large ones. */
  readonly stages: readonly StageRun[];
}

/** What came of scenes of one size. */
export interface StageRun {
  readonly side: number;
  readonly seconds: number;
  /** Loss terms by name, one number a step. */
  readonly curves: Readonly<Record<string, readonly number[]>>;
  /** What was measured on the validation scenes after each epoch, by name. */
  readonly measured: Readonly<Record<string, readonly number[]>>;
  /** Whose weights were kept: the epoch, counted from 1, and its validation accuracy. */
  readonly best: { readonly epoch: number; readonly accuracy: number };
  readonly test: Quality;
}

/** The scene that is a file. */
export interface LargeRun {
  readonly side: number;
  /** Of the file; of its pixels, were they all in memory. */
  readonly fileBytes: number;
  readonly pixelBytes: number;
  readonly results: readonly LargeResult[];
  /** Most memory that the process had, from its start on: training counts. */
  readonly peakBytes: number;
}

export interface LargeResult {
  readonly name: string;
  /** Null where the picture is too large for the strategy. */
  readonly said: Prediction | null;
  /** Whether a patch has at least half of the sign. */
  readonly found: boolean;
  readonly seconds: number;
}

/** A picture, and where each strategy looked. */
export interface ZoomExample {
  readonly title: string;
  /** The sign at full resolution, as a `data:` address; null where there is none. */
  readonly needle: string | null;
  readonly looks: readonly Look[];
}

/** Where one strategy looked: drawings as SVG, patches as `data:` addresses. */
export interface Look {
  readonly name: string;
  readonly said: Prediction | null;
  readonly drawings: readonly { readonly caption: string; readonly svg: string }[];
  /** The most attended patches, at full resolution. */
  readonly patches: readonly string[];
}
