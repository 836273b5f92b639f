import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import type { Subject } from "../cases/case.js";
import { LEARNING_RATE, training } from "./training.js";

/** Milliseconds of the parts of one step; a step without parts is all forward. */
export interface Parts {
  readonly forward: number;
  readonly backward: number;
  readonly optimizer: number;
}

/** Milliseconds of the step. */
export const total = ({ forward, backward, optimizer }: Parts): number => forward + backward + optimizer;

/** Takes one step and says how long its parts took. */
export type Step = () => Promise<Parts>;

/** A step of inference: the output is computed and downloaded. */
export const inferStep =
  (subject: Subject): Step =>
  async () => {
    const start = performance.now();
    const output = subject.forward(inferenceContext());
    await output.data();
    const forward = performance.now() - start;
    output.dispose();
    return { forward, backward: 0, optimizer: 0 };
  };

/**
 * A training step, with momentum. It is one pass, cut where each part has been read back: forward ends when the loss is
 * known, backward when the last gradient is, optimizer when the weights are. Nothing is computed twice to tell the
 * parts apart.
 */
export function trainStep(subject: Subject, seed: number): Step {
  const { gradientsOf, update } = training(subject);
  const learningRate = tf.scalar(LEARNING_RATE);
  let step = 0;
  return async () => {
    const ctx = trainingContext(rng(seed).split("step", step++));
    const start = performance.now();
    let lossAt = start;
    const { value, gradients } = gradientsOf(ctx, (loss) => {
      loss.dataSync(); // waits for engines that run ahead
      lossAt = performance.now();
    });
    await synchronized(Object.values(gradients));
    const gradientsAt = performance.now();
    update(gradients, learningRate);
    await synchronized(Object.values(subject.params));
    const end = performance.now();
    tf.dispose([value, gradients]);
    return { forward: lossAt - start, backward: gradientsAt - lossAt, optimizer: end - gradientsAt };
  };
}

/** Waits until all are computed, at the price of one small download: engines run their kernels in order. */
async function synchronized(tensors: readonly tf.Tensor[]): Promise<void> {
  if (tensors.length === 0) return;
  await tensors.reduce((small, next) => (next.size < small.size ? next : small)).data();
}
