import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "../context.js";
import { moduleOf, type Layer } from "../module.js";
import { requireNotEmpty } from "./require-input.js";

/**
 * Makes a layer without weights from a function, like Keras' `Lambda`. The intermediate tensors of `f` are freed, its
 * input is not.
 *
 * @param f - must not return its input itself; return `tf.clone(x)` instead
 */
export const pureLayer = (f: (x: tf.Tensor, ctx: Context) => tf.Tensor): Layer => ({
  ...moduleOf({}),
  forward: (x, ctx) => tf.tidy(() => f(x, ctx)),
});

/** A layer that returns its input: y = x. */
export const identity = (): Layer => pureLayer((x) => tf.clone(x));

/** A layer that flattens all axes but the first: [batch, ...rest] → [batch, product of rest]. */
export const flatten = (): Layer =>
  pureLayer((x) => {
    requireNotEmpty("flatten", x);
    return tf.reshape(x, [x.shape[0] ?? 1, -1]);
  });
