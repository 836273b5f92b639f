import * as tf from "@tensorflow/tfjs-core";
import { expandMask, fillMasked, l2Normalize, moduleOf, requireCounts, variable, type Weights } from "@fovea/nn";
import type { Fusion } from "./fusion.js";
import { requireViews } from "./require-views.js";
import { meanFusion } from "./mean-fusion.js";

/** What makes a `tokenFusion`. */
export interface TokenFusionConfig {
  /** Length of a token. */
  readonly dim: number;
  /** How many slots there are, each with an embedding of its own; null: views are a set and get none. */
  readonly slots: number | null;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * One sequence of all views, for one transformer to read: one class token, then every view's patch tokens, marked by
 * slot.
 *
 *     y = [ x_cls ; x_1 + e_1 ; … ; x_n + e_n ],   e_i = V_i / ‖V_i‖₂,   V [slots, dim]
 *
 * Token 0 of each view is its class token. Before the first block that is one learned row, the same in every view, and
 * one of them is kept: their mean over the real views, which is that row, is indifferent to the views' order, and is
 * there even when view 1 is masked. It gets no e_i. Tokens of masked views are zeros; give `mergeMask` to the
 * transformer.
 *
 * With `slots: null` the merged sequence is a set of tokens: permuted views give permuted tokens.
 * Params: `slot_embed` [slots, dim] (V, Xavier-uniform), or none.
 *
 * Ref: Black & Souvenir 2024, "Multi-View Classification Using Hybrid Fusion and Mutual Distillation", WACV; the unit
 * norm is the official code's (vidarlab/multi-view-hybrid).
 */
export function tokenFusion({ dim, slots, seed = 0 }: TokenFusionConfig): Fusion {
  requireCounts("tokenFusion", { dim, slots: slots ?? 1 });
  const self = { name: "tokenFusion", at: "tokens", slots } as const;
  const params: Weights = slots === null ? {} : { slot_embed: variable("xavierUniform", [slots, dim], seed) };
  const oneClassToken = meanFusion("vector");
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
        const classToken = oneClassToken.merge(tf.squeeze(classTokens, [2]), mask, ctx); // [batch, dim]
        const slot = params["slot_embed"];
        const marked = slot ? tf.add(patches, slotRows(slot, view)) : patches;
        const sequence = tf.reshape(fillMasked(marked, mask), [batch, view * (tokens - 1), dim]);
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

/** The first `view` rows of V at unit length. @returns [1, view, 1, dim] */
function slotRows(embedding: tf.Tensor, view: number): tf.Tensor {
  const rows = l2Normalize(tf.slice(embedding, [0, 0], [view, -1]));
  return tf.expandDims(tf.expandDims(rows, 1), 0);
}
