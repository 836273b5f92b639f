import * as tf from "@tensorflow/tfjs-core";
import { matchShapes } from "@fovea/nn";

/**
 * How much of each input token reaches each output token through all blocks, if attention and skip connections are all
 * there is:
 *
 *     Ā_l = ( I + mean_heads A_l ) / 2        R = Ā_L … Ā_2 Ā_1
 *
 * Row 0 is what the class token saw; see `classTokenAttention`. Rows sum to 1.
 *
 * Ref: Abnar & Zuidema 2020, "Quantifying Attention Flow in Transformers", arXiv:2005.00928, eq. 1.
 * @param attentions - from the first block to the last, each [batch, heads, tokens, tokens], rows summing to 1
 * @returns [batch, tokens, tokens]
 * @throws RangeError without any block
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
 * What the class token saw of every other token, by `attentionRollout`.
 *
 * @param attentions - as for `attentionRollout`; token 0 is the class token
 * @returns [batch, tokens − 1]; reshape to [batch, height, width], or [batch, view, height, width] where views were
 *   merged
 */
export const classTokenAttention = (attentions: readonly tf.Tensor4D[]): tf.Tensor2D =>
  tf.tidy(() => {
    const rollout = attentionRollout(attentions);
    return tf.squeeze(tf.slice(rollout, [0, 0, 1], [-1, 1, -1]), [1]) as tf.Tensor2D;
  });
