import type { Module } from "@fovea/nn";
import type { EpochRecord, History, Metrics } from "../history.js";

/** The run a callback is told about. */
export interface Run {
  readonly module: Pick<Module, "params" | "buffers">;
  /** Steps of the run, from the first session on. */
  readonly steps: number;
  /** Epochs of the run, from the first session on. */
  readonly epochs: number;
  /** The step this session began with: 0, unless it was resumed. */
  readonly startStep: number;
  /** The history of the run so far. */
  readonly history: History;
  /** Ends the run after this step or epoch, as if that had been its last; `history.stopped` will be `reason`. */
  stop(reason: string): void;
}

/** A step that is done. */
export interface StepEvent {
  /** The step, counted from 0. */
  readonly step: number;
  /** The epoch of the step, counted from 0. */
  readonly epoch: number;
  /** `loss`, `loss/term` for each term, `learningRate` and other scheduled hyperparameters, `gradientNorm`. */
  readonly values: Metrics;
  /** Number of samples in the step's batches. */
  readonly samples: number;
  /** Wall time, waiting for batches included. */
  readonly seconds: number;
  /**
   * Why this step and all later ones are not compiled, though the engine compiles; only at the first such step.
   */
  readonly eager?: string;
}

/**
 * What happens beside the training. Every member is optional, may be async, and is awaited, callback after callback
 * in the order they are given. An error in one ends the run as any other error does, with a checkpoint.
 */
export interface Callback {
  onStart?(run: Run): void | Promise<void>;
  onStep?(event: StepEvent, run: Run): void | Promise<void>;
  /** After an epoch, before any `onEpoch`: metrics to add to its record. */
  measure?(epoch: number, run: Run): Metrics | undefined | Promise<Metrics | undefined>;
  onEpoch?(record: EpochRecord, run: Run): void | Promise<void>;
  /** After the last step and the last checkpoint, however the run ended, unless by an error. */
  onEnd?(run: Run): void | Promise<void>;
  /** Before `fit` rejects with that error. */
  onError?(error: unknown, run: Run): void | Promise<void>;
}
