import * as tf from "@tensorflow/tfjs-core";
import { safeDivisor } from "../weighted-mean.js";

/**
 * What is taken together: the pixels of each image, "image", or those of all images, "batch". A loss whose scope is
 * "image" is the mean of its values for each image alone.
 */
export type PixelScope = "image" | "batch";

/** The known scopes. */
export const SCOPES: readonly PixelScope[] = ["image", "batch"];

/**
 * The pixels of each scope in one row: [batch, rows, columns, ...rest] → [scope, pixels, ...rest], where scope is
 * batch for "image", and 1 for "batch".
 */
export function pixelsOf<T extends tf.Tensor>(maps: tf.Tensor, scope: PixelScope): T {
  const [batch, rows, columns, ...rest] = maps.shape as [number, number, number, ...number[]];
  const scopes = scope === "image" ? batch : 1;
  return tf.reshape(maps, [scopes, (batch / scopes) * rows * columns, ...rest]) as T;
}

/**
 * The mean of sums / counts over the scopes with a count > 0, 0 if there are none.
 *
 * @param sums - [scope]
 * @param counts - ≥ 0, without gradient, [scope]
 */
export function meanOverScopes(sums: tf.Tensor, counts: tf.Tensor): tf.Scalar {
  const counted = tf.cast(tf.greater(counts, 0), "float32");
  const weights = tf.div(counted, tf.mul(safeDivisor(counts), safeDivisor(tf.sum(counted))));
  return tf.sum(tf.mul(sums, weights));
}
