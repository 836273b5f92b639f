import * as tf from "@tensorflow/tfjs-core";
import { matchShapes } from "@fovea/nn";

/**
 * Attention rollout: how much each input token contributes to each output token through all blocks. It takes only
 * attention and skip connections into account:
 *
 *     Ā_l = ( I + mean_heads A_l ) / 2        R = Ā_L … Ā_2 Ā_1
 *
 * Row 0 belongs to the class token; see `classTokenAttention`. Each row adds up to 1.
 *
 * Ref: Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers", arXiv:2005.00928, eq. 1.
 * @param attentions - from the first block to the last, each [batch, heads, tokens, tokens] with rows that add up to 1
 * @returns [batch, tokens, tokens]
 * @throws RangeError for an empty list
 */
export function attentionRollout(attentions: readonly tf.Tensor4D[]): tf.Tensor3D {
  if (attentions.length === 0)
    throw new RangeError("attentionRollout: expected `attentions` of at least one block, got an empty list.");
  const named = Object.fromEntries(attentions.map((attention, i) => [`attentions[${i}]`, attention]));
  const specs = Object.fromEntries(Object.keys(named).map((name) => [name, "batch heads tokens tokens"]));
  matchShapes("attentionRollout", specs, named);
  return tf.tidy(() => {
    const eye = tf.eye(attentions[0]!.shape[2]);
    const mixed = attentions.map((attention) => tf.div(tf.add(tf.mean(attention, 1), eye), 2));
    return mixed.reduce((rollout, next) => tf.matMul(next, rollout)) as tf.Tensor3D;
  });
}

/**
 * The attention map of the class token: how much every other token contributes to it, by `attentionRollout`.
 *
 * @param attentions - from the first block to the last, each [batch, heads, tokens, tokens]; token 0 is the class token
 * @returns [batch, tokens − 1]; reshape it to [batch, height, width], or to [batch, view, height, width] for merged
 *   views
 */
export const classTokenAttention = (attentions: readonly tf.Tensor4D[]): tf.Tensor2D =>
  tf.tidy(() => {
    const rollout = attentionRollout(attentions);
    return tf.squeeze(tf.slice(rollout, [0, 0, 1], [-1, 1, -1]), [1]) as tf.Tensor2D;
  });
