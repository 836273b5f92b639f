import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { batchStandardize } from "./batch-standardize.js";
import { runningNorm } from "./running-norm.js";

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
  const norm = runningNorm(channels, epsilon, momentum);
  const withBatchStatistics = (x: tf.Tensor) => {
    const rows = tf.reshape(x, [-1, channels]) as tf.Tensor2D;
    requireVariance("batchNorm", x, channels);
    const y = batchStandardize(rows, norm.weight, norm.bias, epsilon, norm.update);
    return tf.reshape(y, x.shape);
  };
  const withRunningStatistics = (x: tf.Tensor) => {
    const { scale, offset } = norm.affine();
    return tf.add(tf.mul(x, scale), offset); // faster than wasm's batchNorm
  };
  return {
    ...moduleOf(norm.params, norm.buffers),
    forward: (x, ctx) =>
      tf.tidy(() => {
        matchShapes("batchNorm", { x: `... ${channels}` }, { x });
        return norm.usesBatch(ctx) ? withBatchStatistics(x) : withRunningStatistics(x);
      }),
  };
}

/** Refuses a batch in which a channel has one value. */
export function requireVariance(who: string, x: tf.Tensor, channels: number): void {
  if (x.size < 2 * channels)
    throw new RangeError(
      `${who}: training needs at least 2 values for each channel, got \`x\` of shape [${x.shape.join(", ")}].`,
    );
}
