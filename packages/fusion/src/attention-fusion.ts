import * as tf from "@tensorflow/tfjs-core";
import { fillMasked, joinModules, linear, requireCounts, scope, subSeed } from "@fovea/nn";
import type { Fusion } from "./fusion.js";
import { requireViews } from "./require-views.js";

/** The configuration of `attentionFusion`. */
export interface AttentionFusionConfig {
  /** Length of the vector of a view. */
  readonly dim: number;
  /** Hidden units of the network that scores the views. Default ⌈dim / 4⌉. */
  readonly hidden?: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * Attention pooling: a weighted mean of the vectors of the views, whose weights are computed from the vectors:
 *
 *     a = softmax_v( w · tanh(U x_v + c) )      y = Σ_v a_v x_v
 *
 * The result is zeros if no view is real. Params: `hidden.weight` [dim, hidden], `hidden.bias`, `score.weight` [hidden,
 * 1]. Taps: `attention` [batch, view], the weights a.
 *
 * Ref: Ilse et al. 2018, "Attention-based Deep Multiple Instance Learning", arXiv:1802.04712, eq. 7 and 8.
 */
export function attentionFusion(config: AttentionFusionConfig): Fusion {
  const { dim, hidden: units = Math.ceil(config.dim / 4), seed = 0 } = config;
  requireCounts("attentionFusion", { dim, hidden: units });
  const self = { name: "attentionFusion", at: "vector", slots: null } as const;
  const hidden = linear({ in: dim, out: units, seed: subSeed(seed, "hidden") });
  const score = linear({ in: units, out: 1, bias: false, seed: subSeed(seed, "score") }); // softmax ignores a bias
  return {
    ...joinModules({ hidden, score }),
    ...self,
    merge(views, mask, ctx) {
      requireViews(self, views, mask);
      if (views.shape[2] !== dim)
        throw new RangeError(
          `attentionFusion: expected \`views\` of ${dim} numbers each, got [${views.shape.join(", ")}].`,
        );
      return tf.tidy(() => {
        const real = fillMasked(views, mask);
        const scores = tf.squeeze(
          score.forward(tf.tanh(hidden.forward(real, scope(ctx, "hidden"))), scope(ctx, "score")),
          [2],
        ); // [batch, view]
        const attention = tf.softmax(fillMasked(scores, mask, -1e30), 1); // not -Infinity: a row of those is NaN
        ctx.tap?.("attention", attention);
        return tf.sum(tf.mul(tf.expandDims(attention, 2), real), 1);
      });
    },
  };
}
