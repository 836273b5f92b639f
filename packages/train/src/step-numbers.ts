import * as tf from "@tensorflow/tfjs-core";
import type { SquaredNorms } from "./optimizers/clip.js";

/** Losses and squared norms of gradients, by name, as tensors. */
export interface StepTensors {
  readonly losses: Readonly<Record<string, tf.Scalar>>;
  readonly squares: SquaredNorms;
}

/** The numbers of `StepTensors`, downloaded. */
export interface StepNumbers {
  readonly losses: Readonly<Record<string, number>>;
  readonly squares: Readonly<Record<string, number>>;
}

/** All in one tensor, so that there is one download. */
const packed = ({ losses, squares }: StepTensors): tf.Tensor =>
  tf.tidy(() => tf.stack([...Object.values(losses), ...Object.values(squares)]));

function named({ losses, squares }: StepTensors, numbers: ArrayLike<number>): StepNumbers {
  let next = 0;
  const take = (tensors: object) => Object.fromEntries(Object.keys(tensors).map((name) => [name, numbers[next++]!]));
  return { losses: take(losses), squares: take(squares) };
}

export async function download(tensors: StepTensors): Promise<StepNumbers> {
  const all = packed(tensors);
  return named(tensors, await all.data().finally(() => all.dispose()));
}

/** Like `download`, where nothing may be awaited. */
export const downloadNow = (tensors: StepTensors): StepNumbers =>
  named(
    tensors,
    tf.tidy(() => packed(tensors).dataSync()),
  );
