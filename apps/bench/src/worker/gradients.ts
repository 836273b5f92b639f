import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "@fovea/nn";
import type { Subject } from "../cases/case.js";

/**
 * The gradients of the loss, by name of param or input.
 *
 * @param onLoss - called with the loss once it is known, before the backward pass
 */
export function gradients(
  { params, inputs, loss }: Pick<Subject, "params" | "inputs" | "loss">,
  ctx: Context,
  onLoss: (value: number) => void,
): Record<string, tf.Tensor> {
  const variables = { ...params, ...inputs };
  const byId = tf.tidy(
    () =>
      tf.variableGrads(() => {
        const value = loss(ctx);
        onLoss(value.dataSync()[0]!); // reading waits for engines that run ahead
        return value;
      }, Object.values(variables)).grads,
  );
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, { name: id }]) => (byId[id] ? [[name, byId[id]]] : [])),
  );
}
