import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { variable } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { batchStandardize } from "./batch-standardize.js";

/** The configuration of `batchNorm`. */
export interface BatchNormConfig {
  /** Size of the last axis. */
  readonly channels: number;
  /** Added to the variance, so that nothing is divided by 0. Default 1e-5. */
  readonly epsilon?: number;
  /** Weight of a new batch in the running statistics, as in PyTorch (1 − Keras' momentum). Default 0.1. */
  readonly momentum?: number;
}

/**
 * Batch normalization: brings every channel (the last axis) to mean 0 and variance 1 over all other axes, then scales
 * and shifts it:
 *
 *     y = (x − mean) / √(variance + ε) · weight + bias
 *     running = (1 − momentum) · running + momentum · batch    (in training; the variance with n / (n − 1))
 *
 * In training, mean and variance are those of the batch. In inference, or while the layer is frozen (`weight.trainable`
 * is false), they are the running ones, which then do not change. Params `weight`, `bias`; buffers `running_mean`,
 * `running_var`, all [channels].
 *
 * Ref: Ioffe & Szegedy 2015, arXiv:1502.03167.
 * @throws RangeError from `forward` in training if a channel has only one value, since it has no variance
 */
export function batchNorm({ channels, epsilon = 1e-5, momentum = 0.1 }: BatchNormConfig): Layer {
  requireCounts("batchNorm", { channels });
  const params = { weight: variable<tf.Rank.R1>("ones", [channels]), bias: variable<tf.Rank.R1>("zeros", [channels]) };
  const buffers = { running_mean: variable("zeros", [channels]), running_var: variable("ones", [channels]) };
  for (const buffer of Object.values(buffers)) buffer.trainable = false;
  const { weight, bias } = params;
  const update = (running: tf.Variable, batch: tf.Tensor) =>
    running.assign(tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, momentum)));
  const withBatchStatistics = (x: tf.Tensor) => {
    const rows = tf.reshape(x, [-1, channels]) as tf.Tensor2D;
    const n = rows.shape[0];
    if (n < 2)
      throw new RangeError(
        `batchNorm: training needs at least 2 values for each channel, got \`x\` of shape [${x.shape.join(", ")}].`,
      );
    const y = batchStandardize(rows, weight, bias, epsilon, (mean, variance) => {
      update(buffers.running_mean, mean);
      update(buffers.running_var, tf.mul(variance, n / (n - 1)));
    });
    return tf.reshape(y, x.shape);
  };
  const withRunningStatistics = (x: tf.Tensor) => {
    const scale = tf.mul(weight, tf.rsqrt(tf.add(buffers.running_var, epsilon)));
    return tf.add(tf.mul(x, scale), tf.sub(bias, tf.mul(buffers.running_mean, scale))); // faster than wasm's batchNorm
  };
  return {
    ...moduleOf(params, buffers),
    forward: (x, ctx) =>
      tf.tidy(() => {
        matchShapes("batchNorm", { x: `... ${channels}` }, { x });
        return ctx.training && weight.trainable ? withBatchStatistics(x) : withRunningStatistics(x);
      }),
  };
}
