import type * as tf from "@tensorflow/tfjs-core";
import type { Context, Module } from "@fovea/nn";

/** Where in a network the views are merged. It determines the axes after `batch, view`. */
export type MergePoint =
  /** Images [batch, view, height, width, channels], before the network: the earliest fusion. */
  | "image"
  /** Feature maps [batch, view, height, width, channels], between two stages of the backbone: early fusion. */
  | "map"
  /** Tokens [batch, view, tokens, dim], before a transformer. Token 0 is the class token. */
  | "tokens"
  /** Vectors [batch, view, dim], after the backbone: late fusion. */
  | "vector"
  /** Logits [batch, view, classes], after the head: score fusion. */
  | "logits";

/**
 * Merges several views of one object into one, at one point of a network. `fusionContract` (`@fovea/fusion/contract`)
 * checks everything that is promised here.
 */
export interface Fusion extends Module {
  /** The name of the function that made it, for error messages. */
  readonly name: string;
  /** Where in the network the views are merged. */
  readonly at: MergePoint;
  /**
   * null: the views are a set, of any size, whose order does not matter. A number n: the views are structured, view i
   * sits in slot i, and there are at most n views. To leave a slot empty, mask its view; the last views may also be
   * left out.
   */
  readonly slots: number | null;
  /**
   * Merges the views, and remembers nothing of earlier calls. The rows of the batch are independent. A masked view
   * changes nothing, even if it holds NaN, and gets no gradient. A row without any real view gives finite numbers that
   * do not depend on the views. This is no error, because the check would wait for the device in every step: check
   * collections where they are made.
   *
   * @param views - [batch, view, …rest], with the axes that belong to `at`; not disposed
   * @param mask - [batch, view], not 0 where a view is real; null: all views are real. Not disposed
   * @returns [batch, …merged], with one axis less than `views`
   * @throws RangeError for no row, no view, more views than slots, or a shape that does not fit `at`
   */
  merge(views: tf.Tensor, mask: tf.Tensor2D | null, ctx: Context): tf.Tensor;
  /**
   * The mask of the merged sequence, for the attention of the transformer that reads it. Only a fusion whose merged
   * sequence has tokens of masked views has this function; otherwise all tokens are real.
   *
   * @param mask - [batch, view], not 0 where a view is real
   * @param tokens - number of tokens of one view
   * @returns [batch, merged tokens], 1 where a token is real, with at least one 1 in each row
   */
  mergeMask?(mask: tf.Tensor2D, tokens: number): tf.Tensor2D;
}
