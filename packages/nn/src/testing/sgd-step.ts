import * as tf from "@tensorflow/tfjs-core";
import type { Weights } from "../module.js";

/**
 * One step of plain gradient descent, without an optimizer: param ← param − learningRate · gradient. A param without a
 * gradient keeps its value.
 *
 * @param gradients - by the name of the param, as `valueAndGradients` returns them; not disposed
 */
export function sgdStep(params: Weights, gradients: Readonly<Record<string, tf.Tensor>>, learningRate: number): void {
  for (const [name, gradient] of Object.entries(gradients)) {
    const param = params[name]!;
    tf.tidy(() => param.assign(tf.sub(param, tf.mul(gradient, learningRate))));
  }
}
