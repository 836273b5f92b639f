import type * as tf from "@tensorflow/tfjs-core";

/** The value of a loss that has several terms: differentiate `total`, and log `terms`. */
export interface MultiTermLoss {
  /** The weighted sum of the terms. */
  readonly total: tf.Scalar;
  /** Each term by name, before it is weighted. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
}
