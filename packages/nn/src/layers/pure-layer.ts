import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "../context.js";
import { moduleOf, type Layer } from "../module.js";
import { requireNotEmpty } from "./input-checks.js";

/**
 * A layer without weights from a function. Intermediates of `f` are freed; its input is not.
 *
 * @param f - must not return its input itself, but may return a view of it, such as `tf.reshape` or `tf.clone`
 */
export const pureLayer = (f: (x: tf.Tensor, ctx: Context) => tf.Tensor): Layer => ({
  ...moduleOf({}),
  forward: (x, ctx) => tf.tidy(() => f(x, ctx)),
});

/** y = x. */
export const identity = (): Layer => pureLayer((x) => tf.clone(x));

/** [batch, ...rest] → [batch, product of rest]. */
export const flatten = (): Layer =>
  pureLayer((x) => {
    requireNotEmpty("flatten", x);
    return tf.reshape(x, [x.shape[0] ?? 1, -1]);
  });
