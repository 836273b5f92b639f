import * as tf from "@tensorflow/tfjs-core";

type Save = (tensors: tf.Tensor[]) => void;

/**
 * (x − mean) / √(variance + ε) · weight + bias with the statistics of the rows of `x`, [rows, channels].
 *
 * The derivative is written out, because the tape's own takes three times the passes over `x`:
 *
 *     dx = weight / σ · (dy − mean(dy) − x̂ · mean(dy · x̂)),   dweight = Σ dy · x̂,   dbias = Σ dy
 *
 * @param seen - gets the batch's mean and (biased) variance, [channels]; outside the tape
 */
export function batchStandardize(
  x: tf.Tensor2D,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  epsilon: number,
  seen: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void,
): tf.Tensor2D {
  const n = x.shape[0];
  const op = tf.customGrad((...args) => {
    const [x, weight, bias, save] = args as unknown as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, Save];
    const mean = tf.div(sumRows(x), n) as tf.Tensor1D;
    const variance = tf.div(sumRows(tf.squaredDifference(x, mean)), n) as tf.Tensor1D;
    seen(mean, variance);
    save([x, weight, mean, variance]);
    return {
      value: tf.batchNorm2d(x, mean, variance, bias, weight, epsilon),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, weight, mean, variance] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        const inverse = tf.rsqrt(tf.add(variance, epsilon));
        const dBias = sumRows(dy);
        const dWeight = tf.mul(sumRows(tf.mul(dy, tf.sub(x, mean))), inverse);
        const scale = tf.mul(weight, inverse);
        // dx = scale · dy − (x − mean) · a − b: the batchNorm kernel computes the second part in one pass
        const a = tf.mul(tf.mul(scale, inverse), tf.div(dWeight, -n)) as tf.Tensor1D;
        const b = tf.mul(scale, tf.div(dBias, -n)) as tf.Tensor1D;
        return [tf.add(tf.mul(dy, scale), tf.batchNorm2d(x, mean, tf.onesLike(mean), b, a, 0)), dWeight, dBias];
      },
    };
  });
  return op(x, weight, bias) as tf.Tensor2D;
}

/** The same with given statistics, which are constants. */
export function fixedStandardize(
  x: tf.Tensor2D,
  weight: tf.Variable<tf.Rank.R1>,
  bias: tf.Variable<tf.Rank.R1>,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon: number,
): tf.Tensor2D {
  const learns = weight.trainable || bias.trainable; // otherwise their derivatives are not worth two more passes
  const op = tf.customGrad((...args) => {
    const [x, ...rest] = args as [tf.Tensor2D, ...unknown[]];
    const save = rest.at(-1) as Save;
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    save([inverse, tf.clone(weight), tf.clone(mean), ...(learns ? [x] : [])]);
    return {
      value: tf.batchNorm2d(x, mean, variance, bias, weight, epsilon),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [inverse, weight, mean, x] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | undefined];
        const dx = tf.mul(dy, tf.mul(weight, inverse));
        return x ? [dx, tf.mul(sumRows(tf.mul(dy, tf.sub(x, mean))), inverse), sumRows(dy)] : [dx];
      },
    };
  });
  return (learns ? op(x, weight, bias) : op(x)) as tf.Tensor2D;
}

/** [rows, channels] → [channels]. */
const sumRows = (x: tf.Tensor): tf.Tensor => tf.sum(x, 0);
