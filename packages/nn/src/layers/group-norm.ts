import * as tf from "@tensorflow/tfjs-core";
import { requireCounts } from "../checks.js";
import { variable } from "../init.js";
import { moduleOf, type Layer } from "../module.js";
import { matchShapes } from "../shapes.js";
import { requireNotEmpty } from "./input-checks.js";
import { standardize } from "./standardize.js";

/** What `groupNorm` is made from. */
export interface GroupNormConfig {
  readonly channels: number;
  /** Must divide `channels`. */
  readonly groups: number;
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Each group of neighbouring channels of each sample to mean 0 and variance 1 over all its cells, then scaled and
 * shifted by channel: [batch, ..., channels] → the same. The same in training and inference, whatever the batch. Params
 * `weight`, `bias`, both [channels].
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
