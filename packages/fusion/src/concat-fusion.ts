import * as tf from "@tensorflow/tfjs-core";
import { fillMasked, moduleOf, requireCounts, variable } from "@fovea/nn";
import type { Fusion, MergePoint } from "./fusion.js";
import { requireViews } from "./require-views.js";

/** The configuration of `concatFusion`. */
export interface ConcatFusionConfig {
  /** Where the views meet. */
  readonly at: Exclude<MergePoint, "tokens">;
  /** The largest number of views. View i sits in slot i. */
  readonly slots: number;
  /** Size of the last axis, before and after the fusion. */
  readonly channels: number;
  /**
   * The initial weights. With "mean" the fusion starts as the mean of a full collection, so that a pretrained network
   * behind it gets inputs as before. Default "mean".
   */
  readonly init?: "mean" | "xavierUniform";
  /** Seed of the initial weights, for "xavierUniform". Default 0. */
  readonly seed?: number;
}

/**
 * Concatenates the channels of structured views, and maps them to the channels of one view by a linear layer:
 *
 *     y = [x_1; …; x_n] W + b = Σ_v x_v W_v + b
 *
 * An empty slot adds nothing to the sum. At "image" or "map" it is a 1 × 1 convolution over the concatenated channels.
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
        const viewsLast = tf.transpose(fillMasked(views, mask), [0, ...rest, 1, views.rank - 1]);
        const width = views.shape[1]! * channels;
        const used = tf.slice(weight, [0, 0], [width, channels]); // only the slots of these views
        const y = tf.add(tf.matMul(tf.reshape(viewsLast, [-1, width]), used), bias);
        return tf.reshape(y, [...viewsLast.shape.slice(0, -2), channels]);
      });
    },
  };
}
