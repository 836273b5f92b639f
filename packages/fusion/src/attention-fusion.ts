import * as tf from "@tensorflow/tfjs-core";
import { fillMasked, joinModules, linear, requireCounts, scope, subSeed } from "@fovea/nn";
import type { Fusion } from "./fusion.js";
import { requireViews } from "./require-views.js";

/** What makes an `attentionFusion`. */
export interface AttentionFusionConfig {
  /** Length of a view's vector. */
  readonly dim: number;
  /** Units of the scoring network. Default ⌈dim / 4⌉. */
  readonly hidden?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * A convex combination of the views' vectors, weighted by what each one holds:
 *
 *     a = softmax_v( w · tanh(U x_v + c) )      y = Σ_v a_v x_v
 *
 * Zeros where no view is real. Params: `hidden.weight` [dim, hidden], `hidden.bias`, `score.weight` [hidden, 1].
 * Taps: `attention` [batch, view], which view was believed.
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
