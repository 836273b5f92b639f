import { fillMasked, matchShapes } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { EncodedPhrases } from "../phrase-encoder.js";

/**
 * The phrases with zeros in place of padding, and a mask of float32. Without phrases, or with none on the axis, each
 * sample has one phrase that is padding.
 *
 * @returns vectors [batch, phrase, dim] and mask [batch, phrase], with phrase ≥ 1
 */
export function finitePhrases(phrases: EncodedPhrases | null, batch: number, dim: number): EncodedPhrases {
  if (phrases)
    matchShapes(
      "progressiveMaskAttention",
      { "phrases.vectors": `${batch} phrase ${dim}`, "phrases.mask": `${batch} phrase` },
      { "phrases.vectors": phrases.vectors, "phrases.mask": phrases.mask },
    );
  if (!phrases || phrases.mask.shape[1] === 0)
    return { vectors: tf.zeros([batch, 1, dim]), mask: tf.zeros([batch, 1]) };
  const mask = tf.cast(tf.notEqual(tf.cast(phrases.mask, "float32"), 0), "float32") as tf.Tensor2D;
  return { vectors: fillMasked(phrases.vectors, mask), mask };
}
