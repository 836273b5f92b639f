import * as tf from "@tensorflow/tfjs-core";
import { countReal, expandMask, fillMasked, moduleOf } from "@fovea/nn";
import type { Fusion } from "./fusion.js";
import { requireViews } from "./require-views.js";

/**
 * Score fusion by the mean of the probabilities. The result is log-probabilities, so that it can be used like logits:
 *
 *     y = log( Σ_v m_v softmax(z_v) / Σ_v m_v ) = logsumexp_v( logsoftmax(z_v) ) − log Σ_v m_v
 *
 * softmax(y) is that mean. A confident view counts more than others, but less than in the mean of the logits, where a
 * single view can rule out a class. Zeros, that is a uniform softmax, if no view is real.
 */
export function meanProbabilities(): Fusion {
  const self = { name: "meanProbabilities", at: "logits", slots: null } as const;
  return {
    ...moduleOf({}),
    ...self,
    merge(views, mask) {
      requireViews(self, views, mask);
      return tf.tidy(() => {
        const logProbabilities = tf.logSoftmax(fillMasked(views, mask, 0)); // [batch, view, classes]
        if (!mask) return tf.sub(tf.logSumExp(logProbabilities, 1), Math.log(views.shape[1]!));
        const total = tf.logSumExp(fillMasked(logProbabilities, mask, -1e30), 1); // [batch, classes]
        const mean = tf.sub(total, tf.log(countReal(mask, 3)));
        return tf.where(tf.any(expandMask(mask, 3), 1), mean, tf.zerosLike(mean));
      });
    },
  };
}
