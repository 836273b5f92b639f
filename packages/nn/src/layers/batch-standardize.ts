import * as tf from "@tensorflow/tfjs-core";

/**
 * The forward pass of a batch norm in training: y = x̂ · weight + bias with x̂ = (x − mean) / σ and σ = √(variance +
 * ε), where mean and variance are those of the rows of `x`.
 *
 * The derivative is written out, because the one that the tape would record takes about twice as many passes over `x`:
 *
 *     dx = weight / σ · (dy − mean(dy) − x̂ · mean(dy · x̂)),   dweight = Σ dy · x̂,   dbias = Σ dy
 *
 * @param x - [rows, channels]
 * @param onStatistics - called with the mean and the (biased) variance of the batch, [channels], and the number of
 *   rows; not recorded on the tape
 */
export function batchStandardize(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon: number,
  onStatistics: (mean: tf.Tensor, variance: tf.Tensor, rows: number) => void,
): tf.Tensor {
  const n = x.shape[0];
  const sumRows = (rows: tf.Tensor) => tf.sum(rows, 0);
  return tf.customGrad((...args) => {
    const [x, weight, bias, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const mean = tf.div(sumRows(x), n);
    const centred = tf.sub(x, mean);
    const variance = tf.div(sumRows(tf.square(centred)), n);
    onStatistics(mean, variance, n);
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const scale = tf.mul(weight, inverse);
    save([centred, inverse, scale]);
    return {
      value: tf.add(tf.mul(centred, scale), bias),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [centred, inverse, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const dBias = sumRows(dy);
        const dWeight = tf.mul(sumRows(tf.mul(dy, centred)), inverse);
        const along = tf.mul(centred, tf.mul(dWeight, tf.div(inverse, n))); // x̂ · mean(dy · x̂)
        return [tf.mul(scale, tf.sub(tf.sub(dy, tf.div(dBias, n)), along)), dWeight, dBias];
      },
    };
  })(x, weight, bias);
}
