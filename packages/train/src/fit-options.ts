import type { BatchSource, Context, Module } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { Callback } from "./callbacks/callback.js";
import type { CheckpointOptions } from "./checkpoint/checkpoint-files.js";
import type { Ema } from "./ema.js";
import type { Loss } from "./loss.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import type { RunLength } from "./step-counts.js";
import type { Schedule, Schedules } from "./schedules/schedule.js";

/** What `fit` needs, and what it can do besides. */
export interface FitOptions<Batch extends tf.TensorContainer> extends RunLength {
  /** Whose trainable params are moved. Frozen ones are left alone, and may be unfrozen on the way. */
  readonly module: Pick<Module, "params" | "buffers">;
  /**
   * The scalar to minimize; with named terms to log, if it returns `{ total, terms }`, and with the weight that it
   * has among the batches of an `accumulate`. Synchronous: what is awaited belongs into the batch source. Disposes
   * nothing.
   */
  readonly loss: (batch: Batch, ctx: Context) => Loss;
  /** Makes new tensors for each batch; `fit` disposes them after the batch's step. */
  readonly batches: BatchSource<Batch>;
  readonly optimizer: Optimizer;
  /**
   * The learning rate of each step; or one schedule for each hyperparameter of the optimizer that moves, by its name:
   * `{ learningRate, momentum }`. They are recorded in the history, and a resumed run must have the same.
   */
  readonly schedule: Schedule | Schedules;
  /** Passes over the data; either this or `steps`. */
  readonly epochs?: number;
  /** Updates of the weights; either this or `epochs`. */
  readonly steps?: number;
  /**
   * Batches a step: their losses and gradients are averaged, weighted by their samples, or by the `weight` that the
   * loss returns. The step is that of one large batch
   *
   * - for a mean over samples;
   * - for a mean that leaves rows out or weighs them, once the loss returns what it divides by:
   *   `{ total: crossEntropy(logits, labels, options), weight: totalLabelWeight(labels, options) }`;
   * - for several such means added up, if all of them divide by the number of samples. One weight cannot stand for two
   *   different numbers of rows, such as known labels and real views. So divide each sum yourself:
   *   `tf.div(crossEntropy(logits, labels, { reduction: "sum" }), batch)`, and return no `weight`.
   *
   * It is not with batch norms, nor for losses that compare rows with one another (contrastive, triplets): each batch
   * is all that they see. Default 1.
   */
  readonly accumulate?: number;
  /** Where all randomness comes from: batch b runs in trainingContext(rng(seed).split("step", b)). Default 0. */
  readonly seed?: number;
  /** Longest gradient, all params together. Default: any. */
  readonly clipNorm?: number;
  /** An average to keep up to date: `ema(module)`. */
  readonly ema?: Ema;
  readonly callbacks?: readonly Callback[];
  /** Where and when to save. Default: never. */
  readonly checkpoint?: CheckpointOptions;
  /**
   * Continue a run, to the bit: from this file, or with `true` from the checkpoint folder, if it has any: from
   * `last.safetensors`, or, where that is missing or damaged, from the latest numbered one that is not, or else from
   * the best, with a warning. Default false.
   */
  readonly resume?: boolean | string;
  /**
   * What the module was made from, for the checkpoints: plain JSON, or it is refused where one is written or resumed.
   * Default null.
   */
  readonly config?: unknown;
  /** Ends the run after the present step, as if that had been its last, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** How many samples a batch has. Default: the length of the first axis of its first tensor. */
  readonly samples?: (batch: Batch) => number;
  /** What to do when the number of tensors grows step after step. Default "warn". */
  readonly leaks?: "warn" | "error" | "ignore";
}
