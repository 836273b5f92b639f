import * as tf from "@tensorflow/tfjs-core";
import { inferenceContext, rng, trainingContext } from "@fovea/nn";
import { sgd } from "@fovea/train";
import type { Subject } from "../cases/case.js";
import { gradients } from "./gradients.js";

/** Milliseconds of the parts of one step. */
export interface Parts {
  readonly forward: number;
  readonly backward: number;
  readonly optimizer: number;
}

export const total = ({ forward, backward, optimizer }: Parts): number => forward + backward + optimizer;

/** Takes one step and says how long its parts took. */
export type Step = () => Promise<Parts>;

/** Inference: the output, downloaded. */
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

/** So small that no weight moves far, however many steps are taken. */
const LEARNING_RATE = 1e-4;

/**
 * Training, with momentum. One pass, cut where each part has been read back: forward ends when the loss is known,
 * backward when the last gradient is, optimizer when the weights are. Nothing is computed twice to tell the parts
 * apart.
 */
export function trainStep(subject: Subject, seed: number): Step {
  const optimizer = sgd({ momentum: 0.9 });
  const moving = Object.entries(subject.params).map(([name, param]) => ({ name, param, slots: optimizer.init(param) }));
  let step = 0;
  return async () => {
    const ctx = trainingContext(rng(seed).split("step", step++));
    const start = performance.now();
    let lossAt = start;
    const slopes = gradients(subject, ctx, () => (lossAt = performance.now()));
    await settled(Object.values(slopes));
    const slopesAt = performance.now();
    for (const { name, param, slots } of moving)
      if (slopes[name]) optimizer.update(param, slopes[name], slots, { name, learningRate: LEARNING_RATE });
    await settled(Object.values(subject.params));
    const end = performance.now();
    tf.dispose(slopes);
    return { forward: lossAt - start, backward: slopesAt - lossAt, optimizer: end - slopesAt };
  };
}

/** Waits until all are computed, at the price of one small download: engines run their kernels in order. */
async function settled(tensors: readonly tf.Tensor[]): Promise<void> {
  if (tensors.length === 0) return;
  await tensors.reduce((small, next) => (next.size < small.size ? next : small)).data();
}
