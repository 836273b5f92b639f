import { deferredRng, rng } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { DisposableBatch } from "./batches.js";
import type { FitOptions } from "./fit-options.js";
import { disposeGradients, type BatchGradients, type LossGradients } from "./gradients.js";
import { squaredNorms } from "./optimizers/clip.js";
import { stepFunctions, type StepScalars } from "./step-functions.js";
import { download, type StepNumbers } from "./step-numbers.js";
import type { TrainState } from "./train-state.js";

/** Looks at the numbers of a step, and throws unless the weights may be updated. */
export type Accept = (numbers: StepNumbers) => void;

/** Computes steps. Batches are numbered through the run, since the number decides what is drawn. */
export interface StepRunner<Batch> {
  /** One step on one batch. Nothing is updated, buffers excepted, if `accept` throws. */
  step(batch: Batch, number: number, scalars: StepScalars, accept: Accept): Promise<void>;
  /** The gradients of one of several batches of a step; the caller's to dispose. */
  gradients(batch: Batch, number: number): BatchGradients;
  /** The end of a step of several batches: their mean gradients, which are not disposed, update the weights. */
  update(mean: LossGradients, scalars: StepScalars, accept: Accept): Promise<void>;
  dispose(): void;
}

/** Computes every operation when it is called. */
export function eagerRunner<Batch extends tf.TensorContainer | DisposableBatch>(
  options: FitOptions<Batch>,
  state: TrainState,
): StepRunner<Batch> {
  const streams = batchStreams(options.seed);
  const functions = stepFunctions(options, state, streams.random);
  const gradients = (batch: Batch, number: number) => {
    streams.use(number);
    return functions.gradients(batch);
  };
  const update = async (found: LossGradients, scalars: StepScalars, accept: Accept) => {
    const squares = squaredNorms(found.gradients);
    try {
      accept(await download({ losses: found.losses, squares }));
      state.consistent = false; // until whoever asked for the step has counted it
      functions.update(found.gradients, squares, scalars);
    } finally {
      tf.dispose(squares);
    }
  };
  return {
    gradients,
    update,
    step: async (batch, number, scalars, accept) => {
      const found = gradients(batch, number);
      await update(found, scalars, accept).finally(() => disposeGradients(found));
    },
    dispose: () => {},
  };
}

/** The random streams of the batches of a run: `random` is the stream of the batch in `use`. */
export function batchStreams(seed = 0) {
  let stream = rng(seed);
  return {
    random: deferredRng(() => stream),
    use: (number: number): void => void (stream = rng(seed).split("step", number)),
    /** Another stream than that of any batch. */
    useOther: (): void => void (stream = rng(seed).split("recording")),
  };
}
