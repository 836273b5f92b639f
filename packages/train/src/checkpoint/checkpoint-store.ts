import type { Mode } from "../history.js";
import type { Checkpoint, Snapshot } from "./checkpoint.js";

/** Which epoch is the best. */
export interface BestEpochOptions {
  /** A metric of the epochs: `loss`, or what an `evaluate` measures. */
  readonly monitor: string;
  /** Whether lower or higher values are better. Default "min". */
  readonly mode?: Mode;
}

/**
 * Where runs keep their checkpoints, and when. `checkpointFolder` of `@fovea/train/node` keeps them as files; a page
 * may bring a store of its own.
 */
export interface CheckpointStore {
  /**
   * Steps from one checkpoint to the next. However the run ends, it writes one more. Default: the steps of an epoch.
   */
  readonly every?: number | undefined;
  /** The metric by which an epoch is the best so far; its checkpoint is kept beside the last one. Default: none is. */
  readonly best?: BestEpochOptions | undefined;
  /**
   * Takes the store for one run, before anything in it is read.
   *
   * @param resume - as given to `fit`: whether to go on from what is there, or what to go on from
   * @throws CheckpointError if another run is at work there, if a new run would overwrite another's checkpoints, or if
   * there are some and none can be read; then the store is free again
   */
  open(resume: boolean | string): Promise<RunCheckpoints>;
}

/** The checkpoints of the run that has taken a store. Its functions throw CheckpointError, and no other. */
export interface RunCheckpoints {
  /** What the run goes on from; undefined if it starts anew. `fit` disposes it. */
  readonly from: Checkpoint | undefined;
  /**
   * Keeps a snapshot as the last one: completely, or not at all. Its tensors and its history change once the promise
   * has resolved, so what is kept are copies.
   */
  saveLast(snapshot: Snapshot): Promise<void>;
  /** Keeps a snapshot as that of the best epoch so far. */
  saveBest(snapshot: Snapshot): Promise<void>;
  /** The one that `saveBest` kept, in this session or before a resume. The caller disposes it. */
  loadBest(): Promise<Checkpoint>;
  /** Gives the store back. It does not throw. */
  close(): void | Promise<void>;
}
