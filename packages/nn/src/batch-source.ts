import type * as tf from "@tensorflow/tfjs-core";

/**
 * The batches of a training run, by the number of the step. The same step always gives the same batch, so that a run
 * can be resumed exactly. The caller disposes each batch: by its own `dispose`, if it has one, else its tensors.
 */
export interface BatchSource<Batch = tf.TensorContainer> {
  /** Steps in one epoch, that is one pass over the data. Step s belongs to epoch floor(s / stepsPerEpoch). */
  readonly stepsPerEpoch: number;
  /** @param step - counted from 0 over all epochs */
  batch(step: number): Promise<Batch>;
}
