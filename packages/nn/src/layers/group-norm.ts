import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { variable } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { requireNotEmpty } from "./require-input.js";
import { standardize } from "./standardize.js";

/** The configuration of `groupNorm`. */
export interface GroupNormConfig {
  /** Size of the last axis. */
  readonly channels: number;
  /** Number of groups of channels; must divide `channels`. */
  readonly groups: number;
  /** Added to the variance, so that nothing is divided by 0. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Group normalization: brings each group of neighbouring channels of each sample to mean 0 and variance 1 over all
 * cells, then scales and shifts each channel. [batch, ..., channels] → a tensor of the same shape. It does not depend
 * on the rest of the batch, and is the same in training and inference. Params `weight`, `bias`, both [channels].
 *
 * Ref: Wu & He 2018, arXiv:1803.08494.
 */
export function groupNorm({ channels, groups, epsilon = 1e-5 }: GroupNormConfig): Layer {
  requireCounts("groupNorm", { channels, groups });
  if (channels % groups !== 0)
    throw new RangeError(`groupNorm: \`groups\` must divide \`channels\` = ${channels}, got ${groups}.`);
  const each = channels / groups;
  const params = { weight: variable("ones", [channels]), bias: variable("zeros", [channels]) };
  return {
    ...moduleOf(params),
    forward: (x) =>
      tf.tidy(() => {
        const { batch } = matchShapes("groupNorm", { x: `batch ... ${channels}` }, { x });
        requireNotEmpty("groupNorm", x);
        const cells = x.size / (batch * channels);
        const grouped = tf.transpose(tf.reshape(x, [batch, cells, groups, each]), [0, 2, 1, 3]);
        const y = tf.reshape(standardize(tf.reshape(grouped, [batch, groups, cells * each]), epsilon), grouped.shape);
        const back = tf.reshape(tf.transpose(y, [0, 2, 1, 3]), x.shape);
        return tf.add(tf.mul(back, params.weight), params.bias);
      }),
  };
}
