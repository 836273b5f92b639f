import * as tf from "@tensorflow/tfjs-core";

/** A slot that starts at zero. */
export const zeroSlot = (shape: readonly number[]): tf.Variable =>
  tf.tidy(() => tf.variable(tf.zeros([...shape]), false)) as tf.Variable;
