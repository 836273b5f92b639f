import type * as tf from "@tensorflow/tfjs-core";
import type { Context, Module } from "@fovea/nn";

/** Where along a network the views meet. It fixes the axes that follow `batch, view`. */
export type MergePoint =
  /** [batch, view, height, width, channels], before the network: the earliest */
  | "image"
  /** [batch, view, height, width, channels], between two stages of the trunk */
  | "map"
  /** [batch, view, tokens, dim], before a transformer; token 0 is the class token */
  | "tokens"
  /** [batch, view, dim], after the trunk: late */
  | "vector"
  /** [batch, view, classes], after the head: score fusion */
  | "logits";

/**
 * Merges the view axis at one point of a network. `fusionContract` (`@fovea/fusion/contract`) checks every promise
 * here.
 */
export interface Fusion extends Module {
  /** What messages call it: the factory's name. */
  readonly name: string;
  readonly at: MergePoint;
  /**
   * null: views are a set; their order does not matter and there may be any number of them.
   * n: views are structured; view i sits in slot i, and there are at most n. An empty slot is a masked view, or, at the
   * end, one that is left out: both mean the same.
   */
  readonly slots: number | null;
  /**
   * Rows of the batch do not see one another. A masked view changes nothing, whatever it holds, NaN included, and gets
   * no gradient. A row without any real view is finite and does not depend on what the views hold: telling would need a
   * read back from the device in the middle of a step, so check collections where they are made.
   *
   * @param views - [batch, view, …rest], with the rest that `at` names; never disposed
   * @param mask - [batch, view], not 0 where a view is real; null: all are. Never disposed
   * @returns [batch, …merged], of the rank of `views` less one
   * @throws RangeError for no row, no view, more views than slots, or a shape that is not the one `at` names
   */
  merge(views: tf.Tensor, mask: tf.Tensor2D | null, ctx: Context): tf.Tensor;
  /**
   * Which tokens of the merged sequence are real, for the attention that reads it. Only where the merged value is a
   * sequence whose length depends on the views; without it every merged position is real.
   *
   * @param mask - [batch, view], not 0 where a view is real
   * @param tokens - length of one view's sequence
   * @returns [batch, merged tokens], 1 where real, at least one a row
   */
  mergeMask?(mask: tf.Tensor2D, tokens: number): tf.Tensor2D;
}
