import * as tf from "@tensorflow/tfjs-core";
import type { Weights } from "./module.js";

/** A loss and its gradients. The caller disposes both. */
export interface ValueAndGradients {
  /** The loss. */
  readonly value: tf.Scalar;
  /** The gradients by the name of the param. A param that is frozen, or that the loss does not depend on, has none. */
  readonly gradients: Readonly<Record<string, tf.Tensor>>;
}

/**
 * Computes a loss, and its gradients with respect to `params` under their names. (`tf.variableGrads` has them under the
 * engine's names of the variables.)
 *
 * @example valueAndGradients(model.params, () => crossEntropy(model.forward(images, ctx), labels))
 * @param params - variables by name, such as `module.params`
 * @param loss - called once
 * @throws Error if no param can be trained, or the loss depends on none of them
 */
export function valueAndGradients(params: Weights, loss: () => tf.Scalar): ValueAndGradients {
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(loss, Object.values(params));
    const named = Object.entries(params).flatMap(([name, { name: id }]) => {
      const gradient = grads[id];
      return gradient ? [[name, gradient] as const] : [];
    });
    return { value, gradients: Object.fromEntries(named) };
  });
}
