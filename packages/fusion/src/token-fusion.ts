import * as tf from "@tensorflow/tfjs-core";
import { expandMask, fillMasked, l2Normalize, moduleOf, requireCounts, variable, type Weights } from "@fovea/nn";
import type { Fusion } from "./fusion.js";
import { requireViews } from "./require-views.js";
import { meanFusion } from "./mean-fusion.js";

/** The configuration of `tokenFusion`. */
export interface TokenFusionConfig {
  /** Length of a token. */
  readonly dim: number;
  /** Number of slots, each with a learned embedding. null: the views are a set, without embeddings. */
  readonly slots: number | null;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * Merges the tokens of all views into one sequence for a transformer: one class token, then the patch tokens of every
 * view, with the embedding of its slot added.
 *
 *     y = [ x_cls ; x_1 + e_1 ; … ; x_n + e_n ],   e_i = V_i / ‖V_i‖₂,   V [slots, dim]
 *
 * Token 0 of each view is its class token. Before the first block the class tokens of all views are the same learned
 * row. Their mean over the real views becomes the class token of the merged sequence, without an embedding e_i. The
 * tokens of masked views are zeros; pass the result of `mergeMask` to the transformer as its mask.
 *
 * With `slots: null`, permuted views give permuted tokens.
 * Params: `slot_embed` [slots, dim] (V, Xavier-uniform), or none with `slots: null`.
 *
 * Ref: Black & Souvenir 2024, "Multi-View Classification Using Hybrid Fusion and Mutual Distillation", WACV; the unit
 * norm is the official code's (vidarlab/multi-view-hybrid).
 */
export function tokenFusion({ dim, slots, seed = 0 }: TokenFusionConfig): Fusion {
  requireCounts("tokenFusion", { dim, slots: slots ?? 1 });
  const self = { name: "tokenFusion", at: "tokens", slots } as const;
  const params: Weights = slots === null ? {} : { slot_embed: variable("xavierUniform", [slots, dim], seed) };
  const meanClassToken = meanFusion("vector");
  return {
    ...moduleOf(params),
    ...self,
    merge(views, mask, ctx) {
      requireViews(self, views, mask);
      const [batch, view, tokens] = views.shape as [number, number, number];
      if (views.shape[3] !== dim || tokens < 2)
        throw new RangeError(
          `tokenFusion: expected \`views\` of a class token and patch tokens of ${dim} numbers, got [${views.shape.join(", ")}].`,
        );
      return tf.tidy(() => {
        const [classTokens, patches] = tf.split(views, [1, tokens - 1], 2) as [tf.Tensor, tf.Tensor];
        const classToken = meanClassToken.merge(tf.squeeze(classTokens, [2]), mask, ctx); // [batch, dim]
        const slot = params["slot_embed"];
        const embedded = slot ? tf.add(patches, slotRows(slot, view)) : patches;
        const sequence = tf.reshape(fillMasked(embedded, mask), [batch, view * (tokens - 1), dim]);
        return tf.concat([tf.expandDims(classToken, 1), sequence], 1);
      });
    },
    mergeMask: (mask, tokens) =>
      tf.tidy(() => {
        const [batch, view] = mask.shape;
        // [batch, view, tokens − 1]
        const patches = tf.tile(tf.cast(expandMask(mask, 3), "float32"), [1, 1, tokens - 1]);
        return tf.concat([tf.ones([batch, 1]), tf.reshape(patches, [batch, view * (tokens - 1)])], 1) as tf.Tensor2D;
      }),
  };
}

/** The first `view` rows of V, normalized to length 1. @returns [1, view, 1, dim] */
function slotRows(embedding: tf.Tensor, view: number): tf.Tensor {
  const rows = l2Normalize(tf.slice(embedding, [0, 0], [view, -1]));
  return tf.expandDims(tf.expandDims(rows, 1), 0);
}
