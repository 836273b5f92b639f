import * as tf from "@tensorflow/tfjs-core";
import { countReal, fillMasked, moduleOf } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";
import { requireViews } from "./require-views.js";

/**
 * The mean of the real views. Zeros if no view is real:
 *
 *     y = Σ_v m_v x_v / Σ_v m_v
 *
 * At "image" or "map" this is the simplest early fusion; at "logits" it is the usual score fusion, z̄ of MV-HFMD.
 */
export function meanFusion(at: MergePoint): Fusion {
  const self = { name: "meanFusion", at, slots: null };
  return {
    ...moduleOf({}),
    ...self,
    merge(views, mask) {
      requireViews(self, views, mask);
      return tf.tidy(() =>
        mask ? tf.div(tf.sum(fillMasked(views, mask), 1), countReal(mask, views.rank)) : tf.mean(views, 1),
      );
    },
  };
}
