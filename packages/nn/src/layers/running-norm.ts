import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "../context.js";
import { variable } from "../init.js";
import { moduleOf, type Module } from "../module.js";

/** The weights of a batch norm, and what becomes of its running statistics. */
export interface RunningNorm extends Module {
  readonly weight: tf.Variable<tf.Rank.R1>;
  readonly bias: tf.Variable<tf.Rank.R1>;
  /** Whether a forward pass takes the statistics of its batch: in training, unless `weight` is frozen. */
  usesBatch(ctx: Context): boolean;
  /**
   * Moves the running statistics towards those of a batch.
   *
   * @param variance - the biased one
   * @param n - values of each channel
   */
  update(mean: tf.Tensor, variance: tf.Tensor, n: number): void;
  /** What the running statistics make of a channel: y = x · scale + offset. The caller disposes both. */
  affine(): { readonly scale: tf.Tensor1D; readonly offset: tf.Tensor1D };
}

/** Params `weight`, `bias`; buffers `running_mean`, `running_var`, all [channels]. */
export function runningNorm(channels: number, epsilon: number, momentum: number): RunningNorm {
  const params = { weight: variable<tf.Rank.R1>("ones", [channels]), bias: variable<tf.Rank.R1>("zeros", [channels]) };
  const buffers = { running_mean: variable("zeros", [channels]), running_var: variable("ones", [channels]) };
  for (const buffer of Object.values(buffers)) buffer.trainable = false;
  const { weight, bias } = params;
  const move = (running: tf.Variable, batch: tf.Tensor) =>
    running.assign(tf.add(tf.mul(running, 1 - momentum), tf.mul(batch, momentum)));
  return {
    ...moduleOf(params, buffers),
    weight,
    bias,
    usesBatch: ({ training }) => training && weight.trainable,
    update(mean, variance, n) {
      move(buffers.running_mean, mean);
      move(buffers.running_var, tf.mul(variance, n / (n - 1)));
    },
    affine() {
      const scale: tf.Tensor1D = tf.mul(weight, tf.rsqrt(tf.add(buffers.running_var, epsilon)));
      return { scale, offset: tf.sub(bias, tf.mul(buffers.running_mean, scale)) };
    },
  };
}
