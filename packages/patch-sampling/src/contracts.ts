import type { Context, Module, Pixels } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/**
 * Maps a view of low resolution to attention. It must return the same numbers whenever it is given the same view, since
 * it is run twice, once to draw patches and once to learn: no dropout, and no batch norm that trains.
 */
export interface AttentionNetwork extends Module {
  /** @param views - [batch, height, width, channels]  @returns logits of the cells, [batch, rows, columns] */
  forward(views: tf.Tensor4D, ctx: Context): tf.Tensor3D;
}

/** Maps each patch, at full resolution, to a vector of features. */
export interface FeatureNetwork extends Module {
  /** @param patches - [batch, height, width, channels]  @returns [batch, dim] */
  forward(patches: tf.Tensor4D, ctx: Context): tf.Tensor2D;
}

/** Makes a network's input, [batch, height, width, channels], of blocks of pixels that all have one size. */
export type ToTensor = (blocks: readonly Pixels[]) => tf.Tensor4D;
