import * as tf from "@tensorflow/tfjs-core";
import { fillMasked, moduleOf, withoutGradient } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";
import { requireViews } from "./require-views.js";

/**
 * View pooling by the maximum: the largest number of all real views, for each position. Zeros if no view is real:
 *
 *     y = max_{v: m_v = 1} x_v
 *
 * If several views have the same largest number, they share the gradient equally (`tf.max` would give the full gradient
 * to each). This is common: after a ReLU most numbers are 0 in every view, and a collection may hold the same image
 * twice.
 *
 * Ref: Su et al. 2015, "Multi-view Convolutional Neural Networks" (view pooling), arXiv:1505.00880.
 */
export function maxFusion(at: MergePoint): Fusion {
  const self = { name: "maxFusion", at, slots: null };
  return {
    ...moduleOf({}),
    ...self,
    merge(views, mask) {
      requireViews(self, views, mask);
      return tf.tidy(() => {
        const wins = winners(fillMasked(views, mask, -Infinity));
        const kept = tf.where(wins, fillMasked(views, mask), tf.zerosLike(views));
        return tf.div(tf.sum(kept, 1), tf.sum(tf.cast(wins, "float32"), 1));
      });
    },
  };
}

/**
 * True where a view holds the largest number, in several views if they tie. The maximum is broadcast before it is
 * compared, since on wasm a comparison that broadcasts is many times slower than one that does not.
 *
 * @returns [batch, view, …rest], bool
 */
const winners = (views: tf.Tensor): tf.Tensor =>
  withoutGradient(views, (views) => {
    const best = tf.broadcastTo(tf.max(views, 1, true), views.shape);
    return tf.greaterEqual(views, best);
  });
