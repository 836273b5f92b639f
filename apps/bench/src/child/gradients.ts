import * as tf from "@tensorflow/tfjs-core";
import type { Context } from "@fovea/nn";
import type { Subject } from "../cases/case.js";

/**
 * The loss, and its gradients by name of param or input. `onLoss` is called once the loss is known, before anything
 * goes back.
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
