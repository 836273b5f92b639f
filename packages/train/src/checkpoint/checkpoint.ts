import type * as tf from "@tensorflow/tfjs-core";
import type { History } from "../history.js";

/** The format that a checkpoint file names in its metadata. */
export const FORMAT = "fovea-checkpoint";
/** Raised when the file's layout changes; a file is read only by the version that wrote it. */
export const VERSION = 1;

/** The settings a resumed run must share with the one it continues, or it would not be the same run. Plain JSON. */
export interface RunSettings {
  readonly seed: number;
  readonly accumulate: number;
  readonly clipNorm: number | null;
  /** Batches in one pass over the data. */
  readonly batchesPerEpoch: number;
  readonly optimizer: Readonly<Record<string, unknown>>;
  readonly ema: Readonly<Record<string, unknown>> | null;
}

/** A run at rest between two steps: everything that the next step depends on. */
export interface Snapshot {
  /** Steps done. */
  readonly step: number;
  /** Steps that the run is to have in all; null in files of releases that did not store it. */
  readonly steps?: number | null;
  /** Batches used up; `step · accumulate`, but for a last step that had fewer. */
  readonly batches: number;
  /** The config that the module was made from, as the caller gave it; null without one. Plain JSON. */
  readonly config: unknown;
  readonly settings: RunSettings;
  readonly history: History;
  /** `model.param`, `optimizer.slot.param`, `ema.param`. */
  readonly variables: Readonly<Record<string, tf.Tensor>>;
}

/** A checkpoint read into memory. */
export interface Checkpoint extends Snapshot {
  /** Where it was read from: the path of its file. */
  readonly path: string;
  /** The module's params and buffers by their own names, for `loadWeights(module, checkpoint.weights)`. */
  readonly weights: Readonly<Record<string, tf.Tensor>>;
  /** Their running average, if the run kept one. */
  readonly ema: Readonly<Record<string, tf.Tensor>> | null;
  dispose(): void;
}

/** A checkpoint that cannot be used, and why. Nothing has been changed. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
}

/** A checkpoint whose file is not there, cut off, or changed since it was written: no release could read it. */
export class DamagedCheckpointError extends CheckpointError {}
