import type { PmaClassifier, StartOptions } from "@fovea/models";
import type { Context, Module } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** A classifier of images, of texts or of both. */
export interface Network extends Module {
  /**
   * @param x - images, or the frozen trunk's maps, [batch, height, width, channels]
   * @param words - ids of the words of their phrases, [batch, phrase, word], int32
   * @returns logits, [batch, classes]
   */
  forward(x: tf.Tensor4D, words: tf.Tensor3D, ctx: Context, start?: StartOptions): tf.Tensor2D;
  /** The logits, and what progressive mask attention looked at. Default: the network has none. */
  readonly outputs?: PmaClassifier["outputs"];
}
