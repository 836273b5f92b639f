import * as tf from "@tensorflow/tfjs-core";
import { moduleOf } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";
import { checkViews, countReal, keepReal } from "./views.js";

/**
 * The mean of the real views, zeros where there is none:
 *
 *     y = Σ_v m_v x_v / Σ_v m_v
 *
 * At "image" or "map" this is the plainest early fusion, at "logits" the usual score fusion.
 */
export function meanFusion(at: MergePoint): Fusion {
  const self = { name: "meanFusion", at, slots: null };
  return {
    ...moduleOf({}),
    ...self,
    merge(views, mask) {
      checkViews(self, views, mask);
      return tf.tidy(() =>
        mask ? tf.div(tf.sum(keepReal(views, mask), 1), countReal(mask, views.rank)) : tf.mean(views, 1),
      );
    },
  };
}

/** Score fusion by the mean of the logits, before any softmax: z̄ of MV-HFMD. */
export const meanLogits = (): Fusion => meanFusion("logits");
