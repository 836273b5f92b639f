import {
  activation,
  batchNorm,
  dropout,
  linear,
  rng,
  sequential,
  type BatchSource,
  type Layer,
  type Module,
} from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { weightsOf, type Context } from "@fovea/nn";

export type Points = { readonly x: tf.Tensor; readonly y: tf.Tensor };

/**
 * Shuffled batches of points whose class is the sign of their sum; the last batch of an epoch is short if it must be.
 */
export function points({ count = 24, batch = 4, seed = 3 } = {}): BatchSource<Points> {
  const random = rng(seed);
  const stepsPerEpoch = Math.ceil(count / batch);
  const data = Array.from({ length: count }, (_, i) => Array.from(random.split("point", i).normal(3)));
  return {
    stepsPerEpoch,
    batch: async (step) => {
      const order = random.split("epoch", Math.floor(step / stepsPerEpoch)).permutation(count);
      const from = (step % stepsPerEpoch) * batch;
      const chosen = Array.from(order.slice(from, from + batch), (i) => data[i]!);
      const labels = chosen.map((point) => (point[0]! + point[1]! + point[2]! > 0 ? 1 : 0));
      return { x: tf.tensor2d(chosen), y: tf.tensor1d(labels, "float32") };
    },
  };
}

/** Everything that a resume could lose: running statistics, dropout, several params. */
export const net = (seed = 0): Layer =>
  sequential({
    fc1: linear({ in: 3, out: 5, seed }),
    norm: batchNorm({ channels: 5 }),
    act: activation("tanh"),
    drop: dropout({ rate: 0.2 }),
    fc2: linear({ in: 5, out: 1, seed: seed + 1 }),
  });

/** The same without batch statistics and dropout. */
export const plainNet = (seed = 0): Layer =>
  sequential({
    fc1: linear({ in: 3, out: 5, seed }),
    act: activation("tanh"),
    fc2: linear({ in: 5, out: 1, seed: seed + 1 }),
  });

/** Logistic loss: mean of softplus(z) − y z. */
export const logistic =
  (model: Layer) =>
  ({ x, y }: Points, ctx: Context): { total: tf.Tensor; terms: { fit: tf.Tensor; size: tf.Tensor } } => {
    const z = tf.reshape(model.forward(x, ctx), [-1]);
    const fit = tf.mean(tf.sub(tf.softplus(z), tf.mul(y, z)));
    const size = tf.mean(tf.square(z));
    return { total: tf.add(fit, tf.mul(size, 0.01)), terms: { fit, size } };
  };

/** All numbers of a module, by name. */
export const numbersOf = (module: Pick<Module, "params" | "buffers">): Record<string, number[]> =>
  Object.fromEntries(Object.entries(weightsOf(module)).map(([name, weight]) => [name, Array.from(weight.dataSync())]));

/** A module of variables alone. */
export const holder = (params: Record<string, number[]>): Module & { params: Record<string, tf.Variable> } => {
  const variables = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(params).map(([name, values]) => [name, tf.variable(tf.tensor1d(values)) as tf.Variable]),
    ),
  );
  return { params: variables, buffers: {}, dispose: () => tf.dispose(variables) };
};

/** One empty batch after another. */
export const nothing = (stepsPerEpoch = 1): BatchSource<{ x: tf.Tensor }> => ({
  stepsPerEpoch,
  batch: async (step) => ({ x: tf.scalar(step) }),
});
