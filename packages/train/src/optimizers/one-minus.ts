import * as tf from "@tensorflow/tfjs-core";

/**
 * A hyperparameter in an update: a number that stays, or the scalar that a schedule gives for the step. A number counts
 * as the float32 that it is in a tensor, so that both give the same update.
 */
export type Hyperparameter = number | tf.Scalar;

/** 1 − x. */
export const oneMinus = (x: Hyperparameter): Hyperparameter =>
  typeof x === "number" ? 1 - Math.fround(x) : tf.sub<tf.Scalar>(1, x);

/** 1 − xᵗ as −expm1(t log x): near 0, where t is small and x near 1, the difference itself would lose its digits. */
export const oneMinusPower = (x: Hyperparameter, t: tf.Scalar): tf.Scalar =>
  tf.neg(tf.expm1(tf.mul<tf.Scalar>(t, typeof x === "number" ? Math.log(Math.fround(x)) : tf.log(x))));
