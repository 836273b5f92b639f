import type * as tf from "@tensorflow/tfjs-core";

/**
 * Batches by step number, counted from 0 over the whole run. Asking for a step twice gives the same batch, whatever was
 * asked in between: that is what makes an exact resume possible. The caller disposes what it gets.
 */
export interface BatchSource<Batch extends tf.TensorContainer = tf.TensorContainer> {
  /** Steps in one pass over the data; step `s` belongs to epoch floor(s / stepsPerEpoch). */
  readonly stepsPerEpoch: number;
  batch(step: number): Promise<Batch>;
}
