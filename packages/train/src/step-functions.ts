import { trainableParams, trainingContext, type Rng, type Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { DisposableBatch } from "./batches.js";
import type { FitOptions } from "./fit-options.js";
import { lossGradients, type BatchGradients } from "./gradients.js";
import { clipByGlobalNorm, normOf, type Gradients, type SquaredNorms } from "./optimizers/clip.js";
import { updateParams } from "./optimizers/update-params.js";
import type { TrainState } from "./train-state.js";

/** What changes from step to step beside the batch, as scalars in float32. */
export interface StepScalars {
  readonly learningRate: tf.Scalar;
  /** Other scheduled hyperparameters, by name. */
  readonly scheduled: Readonly<Record<string, tf.Scalar>>;
  /** Counted from 0. */
  readonly step: tf.Scalar;
}

/**
 * The two halves of a training step. They depend on tensors and variables alone, read none, and draw from the present
 * stream of `random`: so they can be compiled.
 */
export interface StepFunctions<Batch> {
  /** The losses of a batch and their gradients. Updates the module's buffers. */
  gradients(batch: Batch): BatchGradients;
  /** Clips the gradients and updates params, slots and average. Disposes nothing. */
  update(gradients: Gradients, squares: SquaredNorms, scalars: StepScalars): void;
}

/** @param random - the stream of the present batch */
export function stepFunctions<Batch extends tf.TensorContainer | DisposableBatch>(
  { module, loss, optimizer, clipNorm, ema }: FitOptions<Batch>,
  { slots }: Pick<TrainState, "slots">,
  random: Rng,
): StepFunctions<Batch> {
  return {
    gradients: (batch) => lossGradients(trainedParams(module), () => loss(batch, trainingContext(random))),
    update: (gradients, squares, { learningRate, scheduled, step }) =>
      tf.tidy(() => {
        const clipped = clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, clipNorm, normOf(squares));
        updateParams(optimizer, trainedParams(module), slots, clipped, { learningRate, scheduled });
        ema?.update(step);
      }),
  };
}

/** The trainable params. Two names may share one variable: it is updated once, under the first name. */
export function trainedParams(module: Pick<FitOptions<tf.TensorContainer>["module"], "params">): Weights {
  const seen = new Set<tf.Variable>();
  const params = Object.entries(trainableParams(module));
  return Object.fromEntries(params.filter(([, param]) => !seen.has(param) && seen.add(param)));
}
