import * as tf from "@tensorflow/tfjs-core";
import { fillMasked, moduleOf, requireCounts, variable } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";
import { requireViews } from "./require-views.js";

/** What makes a `concatFusion`. */
export interface ConcatFusionConfig {
  readonly at: Exclude<MergePoint, "tokens">;
  /** The most views there can be. */
  readonly slots: number;
  /** Length of the last axis, before and after. */
  readonly channels: number;
  /**
   * "mean" starts as the mean of full collections, so that a trained trunk behind it still sees what it knows. Default
   * "mean".
   */
  readonly init?: "mean" | "xavierUniform";
  /** For "xavierUniform". Default 0. */
  readonly seed?: number;
}

/**
 * Structured views, one linear map from all slots' channels to one view's channels:
 *
 *     y = [x_1; …; x_n] W + b = Σ_v x_v W_v + b
 *
 * An empty slot adds nothing. At "image" or "map" it is a 1×1 convolution over the stacked channels.
 * Params: `proj.weight` [slots · channels, channels], slot by slot, and `proj.bias` [channels].
 */
export function concatFusion({ at, slots, channels, init = "mean", seed = 0 }: ConcatFusionConfig): Fusion {
  requireCounts("concatFusion", { slots, channels });
  const self = { name: "concatFusion", at, slots };
  const weight =
    init === "mean"
      ? tf.tidy(() => tf.variable(tf.div(tf.tile(tf.eye(channels), [slots, 1]), slots)))
      : variable("xavierUniform", [slots * channels, channels], seed);
  const bias = variable("zeros", [channels], seed);
  return {
    ...moduleOf({ "proj.weight": weight, "proj.bias": bias }),
    ...self,
    merge(views, mask) {
      requireViews(self, views, mask);
      if (views.shape.at(-1) !== channels)
        throw new RangeError(
          `concatFusion: expected \`views\` with ${channels} channels last, got [${views.shape.join(", ")}].`,
        );
      return tf.tidy(() => {
        const rest = views.shape.slice(2, -1).map((_, i) => i + 2);
        // [batch, …, view, channels]
        const byPlace = tf.transpose(fillMasked(views, mask), [0, ...rest, 1, views.rank - 1]);
        const width = views.shape[1]! * channels;
        const filled = tf.slice(weight, [0, 0], [width, channels]); // the slots that came
        const y = tf.add(tf.matMul(tf.reshape(byPlace, [-1, width]), filled), bias);
        return tf.reshape(y, [...byPlace.shape.slice(0, -2), channels]);
      });
    },
  };
}
