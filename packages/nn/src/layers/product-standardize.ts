import * as tf from "@tensorflow/tfjs-core";

type Matrices = [tf.Tensor2D, tf.Tensor2D];

/** What is multiplied, and what the batch norm after it adds. */
export interface ProductStandardize {
  /** [rows, in] */
  readonly x: tf.Tensor2D;
  /** [in, out] */
  readonly filter: tf.Tensor2D;
  /** [out] */
  readonly weight: tf.Tensor1D;
  /** [out] */
  readonly bias: tf.Tensor1D;
}

/**
 * A product and its batch norm in training: y = ẑ · weight + bias with z = x · filter and ẑ = (z − mean(z)) / σ, σ =
 * √(variance(z) + ε). For a wide product of narrow rows, z is never made: what its columns have in common follows from
 * the covariances C = xᶜᵀ xᶜ / rows of the centred rows xᶜ, and so do the derivatives. With F = filter, s = weight / σ,
 * and G = xᶜᵀ dy:
 *
 *     mean(z) = mean(x) F,   variance(z) = Σ_in F ∘ (C F),   y = xᶜ (F s) + bias
 *     dbias = Σ_rows dy,   dweight = Σ_in F ∘ G / σ
 *     dF = s ∘ (G − C F ∘ dweight / σ)
 *     dx = dy (F s)ᵀ − xᶜ F (s ∘ dweight / σ / rows) Fᵀ − (dbias / rows) (F s)ᵀ
 *
 * The batch norm by itself passes over the rows of z a dozen times; here they are read by the products alone, of which
 * there are two more, of [rows, in] with [in, in].
 *
 * @param onStatistics - called with mean(z) and the (biased) variance(z), [out], and the number of rows; not recorded
 *   on the tape
 */
export function productStandardize(
  { x, filter, weight, bias }: ProductStandardize,
  epsilon: number,
  onStatistics: (mean: tf.Tensor, variance: tf.Tensor, rows: number) => void,
): tf.Tensor2D {
  const rows = x.shape[0];
  const row = (v: tf.Tensor): tf.Tensor2D => tf.reshape(v, [1, v.size]);
  return tf.customGrad((...args) => {
    const [x, filter, weight, bias, save] = args as [...Matrices, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const mean = tf.div(tf.sum(x, 0), rows);
    const centred: tf.Tensor2D = tf.sub(x, mean);
    const spread: tf.Tensor2D = tf.matMul(tf.div(tf.matMul(centred, centred, true), rows), filter);
    const variance = tf.relu(tf.sum(tf.mul(filter, spread), 0)); // rounding may leave less than 0
    onStatistics(tf.reshape(tf.matMul(row(mean), filter), [-1]), variance, rows);
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const scale = tf.mul(weight, inverse);
    const scaled: tf.Tensor2D = tf.mul(filter, scale);
    save([centred, filter, scaled, spread, inverse, scale]);
    return {
      value: tf.add<tf.Tensor2D>(tf.matMul(centred, scaled), bias),
      gradFunc(dy: tf.Tensor2D, saved: tf.Tensor[]) {
        const [centred, filter, scaled, spread, inverse, scale] = saved as [
          ...Matrices,
          ...Matrices,
          tf.Tensor,
          tf.Tensor,
        ];
        const dBias = tf.sum(dy, 0);
        const met = tf.matMul(centred, dy, true);
        const dWeight = tf.mul(tf.sum(tf.mul(filter, met), 0), inverse);
        const along = tf.mul(dWeight, inverse);
        const dFilter = tf.mul(scale, tf.sub(met, tf.mul(spread, along)));
        const back: tf.Tensor2D = tf.matMul(tf.mul(filter, tf.div(tf.mul(scale, along), -rows)), filter, false, true);
        const common = tf.matMul(row(tf.div(dBias, -rows)), scaled, false, true);
        const dx = tf.add(tf.matMul(dy, scaled, false, true), tf.add(tf.matMul(centred, back), common));
        return [dx, dFilter, dWeight, dBias];
      },
    };
  })(x, filter, weight, bias);
}
