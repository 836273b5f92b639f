import type { Context, Module } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** The phrases of each sample as vectors. */
export interface EncodedPhrases {
  /** [batch, phrase, dim]; anything where `mask` is 0. */
  readonly vectors: tf.Tensor3D;
  /** [batch, phrase], float32: 1 where a phrase is real, 0 where it is padding. */
  readonly mask: tf.Tensor2D;
}

/**
 * Encodes phrases, each for itself: neither the order of the phrases of a sample nor padding changes the vector of one.
 */
export interface PhraseEncoder extends Module {
  /** Length of the vector of a phrase. */
  readonly dim: number;
  /**
   * @param words - [batch, phrase, word], int32: the ids of the words of each phrase. 0 is padding: after the last word
   *   of a phrase, and in place of phrases that a sample does not have. Never disposed
   */
  forward(words: tf.Tensor3D, ctx: Context): EncodedPhrases;
}
