import * as tf from "@tensorflow/tfjs-core";

/**
 * Brings every vector along the last axis to mean 0 and variance 1: x̂ = (x − mean) / √(variance + ε).
 *
 * The derivative is written out, because the one that the tape would record takes three times as many passes over `x`:
 *
 *     dx = (dy − mean(dy) − x̂ · mean(dy · x̂)) / √(variance + ε)
 */
export const standardize = (x: tf.Tensor, epsilon: number): tf.Tensor =>
  tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon));
    const value = tf.mul(centred, inverse);
    save([value, inverse]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, inverse] = saved as [tf.Tensor, tf.Tensor];
        const along = tf.mul(y, tf.mean(tf.mul(dy, y), -1, true));
        return tf.mul(inverse, tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), along));
      },
    };
  })(x);
