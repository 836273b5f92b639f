import type { Weights } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Gradients } from "./clip.js";
import type { Optimizer, Slots, UpdateInfo } from "./optimizer.js";

/**
 * One step of an optimizer: updates every param that has a gradient. It reads no number, so that a step that contains
 * it can be compiled.
 *
 * @param slots - by the name of the param; those of a param that is updated for the first time are added. The caller's
 * to dispose
 * @param gradients - by the name of the param, as `valueAndGradients` of `@fovea/nn` returns them; not disposed
 * @param info - the learning rate of the step, and other scheduled hyperparameters
 */
export function updateParams(
  optimizer: Optimizer,
  params: Weights,
  slots: Record<string, Slots>,
  gradients: Gradients,
  info: Omit<UpdateInfo, "name">,
): void {
  tf.tidy(() => {
    for (const [name, gradient] of Object.entries(gradients)) {
      const param = params[name]!;
      optimizer.update(param, gradient, (slots[name] ??= optimizer.init(param, name)), { ...info, name });
    }
  });
}
