import type { SegmentationSet } from "@fovea/data";
import type { TrainedStage } from "@fovea/experiment";
import type { Segmenter } from "@fovea/segmentation";
import type { Splits } from "../own-splits.js";
import type { Settings } from "./settings.js";

/** What students learn from. */
export interface Teacher {
  readonly model: Segmenter;
  /** The settings that it was trained with. */
  readonly settings: Settings;
  /** How it was trained. Default: by an earlier run. */
  readonly stage?: TrainedStage;
}

/** What all variants of one seed share. */
export interface ApdData extends Splits<SegmentationSet> {
  readonly classes: readonly string[];
  /**
   * Trained once a seed for all processes, when it is first asked for, unless an earlier run has trained it. Not the
   * caller's to dispose.
   */
  teacher(): Promise<Teacher>;
}
