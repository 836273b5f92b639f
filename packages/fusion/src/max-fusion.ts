import * as tf from "@tensorflow/tfjs-core";
import { fillMasked, moduleOf, withoutGradient } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";
import { requireViews } from "./require-views.js";

/**
 * The largest real value, position by position, zeros where no view is real:
 *
 *     y = max_{v: m_v = 1} x_v
 *
 * Views that tie share the gradient in equal parts. Ties are the rule, not an accident: after a ReLU most maps are zero
 * in every view, and a collection may hold one picture twice. (`tf.max` alone gives each of n tied views the whole
 * gradient.)
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
        const won = tf.where(wins, fillMasked(views, mask), tf.zerosLike(views));
        return tf.div(tf.sum(won, 1), tf.sum(tf.cast(wins, "float32"), 1));
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
