import type { BatchSource, Context, Module } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";
import type { DisposableBatch } from "./batches.js";
import type { Callback } from "./callbacks/callback.js";
import type { CheckpointStore } from "./checkpoint/checkpoint-store.js";
import type { Ema } from "./ema.js";
import type { Loss } from "./loss.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import type { RunLength } from "./step-counts.js";
import type { Schedule, Schedules } from "./schedules/schedule.js";

/** The module, loss, batches and optimizer of a training run, and its options. */
export interface FitOptions<Batch extends tf.TensorContainer | DisposableBatch> extends RunLength {
  /** The module to train. Frozen params stay as they are, and may be unfrozen during the run. */
  readonly module: Pick<Module, "params" | "buffers">;
  /**
   * The scalar to minimize; with named terms to log, if it returns `{ total, terms }`, and with the weight that it
   * has among the batches of an `accumulate`. Synchronous: what is awaited belongs into the batch source. Disposes
   * nothing.
   */
  readonly loss: (batch: Batch, ctx: Context) => Loss;
  /**
   * Makes a new batch for each step. `fit` disposes it after the step: by its own `dispose`, if it has one, so that a
   * batch can be anything; else every tensor in it.
   */
  readonly batches: BatchSource<Batch>;
  /**
   * The number of batches that are asked for ahead, while a step is computed. With 0 each is asked for after the step
   * before: needed where making a batch depends on the present weights, as the patches of attention sampling do.
   * Default 1.
   */
  readonly prefetch?: number;
  /** Updates the params from their gradients: `sgd`, `adamW`, or your own. */
  readonly optimizer: Optimizer;
  /**
   * The learning rate of each step; or one schedule for each scheduled hyperparameter of the optimizer, by its name:
   * `{ learningRate, momentum }`. They are recorded in the history, and a resumed run must have the same.
   */
  readonly schedule: Schedule | Schedules;
  /** Passes over the data; give either this or `steps`. Default: as many as `steps` makes. */
  readonly epochs?: number;
  /** Updates of the weights; give either this or `epochs`. Default: as many as `epochs` makes. */
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
  /** Seed of all random choices: batch b runs in trainingContext(rng(seed).split("step", b)). Default 0. */
  readonly seed?: number;
  /** Largest norm of the gradient of all params together; a longer gradient is scaled down to it. Default: none. */
  readonly clipNorm?: number;
  /** A moving average of the weights to update after each step: `ema(module)`. Default: none. */
  readonly ema?: Ema;
  /** Called at the start and the end of the run, and after steps and epochs. Default: none. */
  readonly callbacks?: readonly Callback[];
  /** Where checkpoints are kept, and how often: `checkpointFolder({ dir })` in Node. Default: none are. */
  readonly checkpoint?: CheckpointStore;
  /**
   * Continue a run, to the bit: with `true` from what `checkpoint` has, if it has any; with a text from the checkpoint
   * of that name. In a folder, `true` goes on from `last.safetensors`, or, where that is missing or damaged, from the
   * latest numbered one that is not, or else from the best, with a warning; a text is the path of a file. Needs
   * `checkpoint`. Default false.
   */
  readonly resume?: boolean | string;
  /**
   * The config that the module was made from, to store in checkpoints. It must be plain JSON: other values are refused
   * if a checkpoint is written or resumed.
   * Default null.
   */
  readonly config?: unknown;
  /**
   * Whether the module and its `ema` are left with the weights of the best epoch, by `checkpoint.best`, instead of the
   * last ones. Not after an abort, since the run may go on. Default false.
   */
  readonly restoreBest?: boolean;
  /** Once aborted, ends the run after the present step, with a checkpoint. Default: none. */
  readonly signal?: AbortSignal;
  /**
   * Whether the engine compiles the step: forward, gradients and update then run as one function, recorded when the
   * first batch of its shapes comes. The loss runs when it is recorded, not in each step: so it draws by `ctx.rng`
   * inside `hostTensor` of `@fovea/nn`, and looks at numbers by `inspect`. With `true` a step that cannot be compiled
   * is an error; with `false` none is compiled. Default: compiled where the engine can (`onnxruntime`) and the step
   * can; else each operation runs when it is called, and the first such `StepEvent` says why.
   */
  readonly compile?: boolean;
  /**
   * Counts the samples of a batch. Default: the length of the first axis of its first tensor; of a batch with a
   * `dispose`, of the first tensor among its properties.
   */
  readonly samples?: (batch: Batch) => number;
  /** Reaction if the number of tensors grows step after step. Default "warn". */
  readonly leaks?: "warn" | "error" | "ignore";
}
