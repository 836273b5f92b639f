import * as tf from "@tensorflow/tfjs-core";
import { moduleOf } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";
import { checkViews, fillMasked, keepReal } from "./views.js";

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
      checkViews(self, views, mask);
      return tf.tidy(() => {
        const contenders = fillMasked(views, mask, -Infinity);
        const wins = winners(contenders);
        const won = tf.where(wins, keepReal(views, mask), tf.zerosLike(views));
        return tf.div(tf.sum(won, 1), tf.sum(tf.cast(wins, "float32"), 1));
      });
    },
  };
}

/**
 * Where the largest views are, all of them if they tie: a constant for the gradient, so nothing of it is recorded. The
 * best is spread out before it is compared, since on wasm a comparison that broadcasts is many times slower than one
 * that does not.
 *
 * @returns [batch, view, …rest], bool
 */
const winners = tf.customGrad((x) => {
  const views = x as tf.Tensor;
  const best = tf.broadcastTo(tf.max(views, 1, true), views.shape);
  return { value: tf.greaterEqual(views, best), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
});
