import type * as tf from "@tensorflow/tfjs-core";

/** What a loss of several terms returns: `total` is what to differentiate, `terms` what to show beside it. */
export interface MultiTermLoss {
  readonly total: tf.Scalar;
  /** Each term by name, before it is weighted. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
}
