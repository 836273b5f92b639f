import type * as tf from "@tensorflow/tfjs-core";
import { valueAndGradients, type Context, type ValueAndGradients } from "@fovea/nn";
import { sgd, updateParams, type Gradients, type Slots } from "@fovea/train";
import type { Subject } from "../cases/case.js";

/** A learning rate so small that no weight moves far, however many steps are taken. */
export const LEARNING_RATE = 1e-4;

/** The two halves of a training step, with SGD with momentum. */
export interface Training {
  /** @param onLoss - called with the loss before the gradients are computed. Default: nothing is called */
  gradientsOf(ctx: Context, onLoss?: (loss: tf.Scalar) => void): ValueAndGradients;
  update(gradients: Gradients, learningRate: tf.Scalar): void;
}

export function training({ params, inputs, loss }: Subject): Training {
  const optimizer = sgd({ momentum: 0.9 });
  const slots: Record<string, Slots> = Object.fromEntries(
    Object.entries(params).map(([name, param]) => [name, optimizer.init(param, name)]),
  );
  return {
    gradientsOf: (ctx, onLoss) =>
      valueAndGradients({ ...params, ...inputs }, () => {
        const value = loss(ctx);
        onLoss?.(value);
        return value;
      }),
    update(gradients, learningRate) {
      const own = Object.fromEntries(Object.entries(gradients).filter(([name]) => name in params));
      updateParams(optimizer, params, slots, own, { learningRate });
    },
  };
}
