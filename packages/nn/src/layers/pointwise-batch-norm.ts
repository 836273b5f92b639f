import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { joinModules, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { requireVariance, type BatchNormConfig } from "./batch-norm.js";
import { batchStandardize } from "./batch-standardize.js";
import { conv2d, type Conv2dConfig } from "./conv2d.js";
import { productStandardize } from "./product-standardize.js";
import { requireFloats } from "./require-input.js";
import { runningNorm } from "./running-norm.js";

/** The configuration of `pointwiseBatchNorm`. */
export type PointwiseBatchNormConfig = Pick<Conv2dConfig, "in" | "out" | "init" | "seed"> &
  Pick<BatchNormConfig, "epsilon" | "momentum">;

/** Output channels for each input channel from which the covariances of the input are less work than the output. */
const wide = 2;

/**
 * A 1 × 1 convolution without bias, and the batch norm of its output, as one layer: [batch, height, width, in] →
 * [batch, height, width, out]. It computes what `conv2d` and `batchNorm` compute one after the other, with fewer passes
 * over the output:
 *
 * - where the running statistics count, in inference or while the norm is frozen, they scale the filter, not the
 *   output;
 * - in training with twice as many outputs as inputs or more, statistics and derivatives follow from the covariances of
 *   the input's channels.
 *
 * Params `conv.weight` [1, 1, in, out], `norm.weight`, `norm.bias`; buffers `norm.running_mean`, `norm.running_var`,
 * all [out].
 *
 * Ref: Ioffe & Szegedy 2015, arXiv:1502.03167.
 * @throws RangeError for sizes below 1; from `forward` in training if a channel has only one value
 */
export function pointwiseBatchNorm(config: PointwiseBatchNormConfig): Layer {
  const { in: inputs, out, epsilon = 1e-5, momentum = 0.1, init = "heNormal", seed = 0 } = config;
  requireCounts("pointwiseBatchNorm", { in: inputs, out });
  const conv = conv2d({ in: inputs, out, kernel: 1, padding: 0, bias: false, init, seed });
  const norm = runningNorm(out, epsilon, momentum);
  const { weight, bias } = norm;

  function withBatchStatistics(x: tf.Tensor2D, filter: tf.Tensor2D): tf.Tensor {
    if (out >= wide * inputs) return productStandardize({ x, filter, weight, bias }, epsilon, norm.update);
    return batchStandardize(tf.matMul(x, filter), weight, bias, epsilon, norm.update);
  }

  function withRunningStatistics(x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor {
    const { scale, offset } = norm.affine();
    return tf.add(tf.conv2d(x, tf.mul<tf.Tensor4D>(filter, scale), 1, "valid"), offset);
  }

  return {
    ...joinModules({ conv, norm }),
    forward: (x, ctx) =>
      tf.tidy(() => {
        matchShapes("pointwiseBatchNorm", { x: `batch height width ${inputs}` }, { x });
        requireFloats("pointwiseBatchNorm", x);
        const filter = conv.params["weight"] as tf.Variable<tf.Rank.R4>;
        if (!norm.usesBatch(ctx)) return withRunningStatistics(x as tf.Tensor4D, filter);
        requireVariance("pointwiseBatchNorm", x, inputs);
        const y = withBatchStatistics(tf.reshape(x, [-1, inputs]), tf.reshape(filter, [inputs, out]));
        return tf.reshape(y, [...x.shape.slice(0, -1), out]);
      }),
  };
}
