import * as tf from "@tensorflow/tfjs-core";
import { disposeGradients, type BatchGradients, type LossGradients } from "./gradients.js";

/**
 * The weighted sum of several batches' losses and gradients: Σ W_i L_i and Σ W_i ∇L_i, where each loss L_i is a mean
 * over the weight W_i. Divided by Σ W_i they are the loss and the gradients of one large batch.
 */
export interface GradientSum extends LossGradients {
  /** Σ W_i. */
  readonly totalWeight: number;
  /** Whether the losses returned their weights; else a weight is a number of samples. */
  readonly weighted: boolean;
}

/**
 * Adds one batch to the sum. Disposes both.
 *
 * @param samples - the weight of the batch, unless its loss returned another
 * @throws TypeError if some losses say their weight and others do not
 */
export function addGradients(sum: GradientSum | undefined, batch: BatchGradients, samples: number): GradientSum {
  try {
    const { weight = samples } = batch;
    const weighted = batch.weight !== undefined;
    if (sum) requireSame(sum.weighted, weighted);
    const next = tf.tidy(() => {
      const { values, gradients } = scaled(batch, weight);
      return {
        values: sum ? tf.add<tf.Tensor1D>(sum.values, values) : values,
        gradients: sum ? addEach(sum.gradients, gradients) : gradients,
      };
    });
    return { names: batch.names, ...next, totalWeight: (sum?.totalWeight ?? 0) + weight, weighted };
  } finally {
    disposeGradients(sum);
    disposeGradients(batch);
  }
}

/** The sum divided by its weight; zeros if that is 0. Disposes the sum. */
export function meanGradients(sum: GradientSum): LossGradients {
  const { names, totalWeight } = sum;
  const next = tf.tidy(() => scaled(sum, totalWeight === 0 ? 0 : 1 / totalWeight));
  disposeGradients(sum);
  return { names, ...next };
}

function requireSame(before: boolean, now: boolean): void {
  if (before !== now)
    throw new TypeError(
      "fit: `loss` must return a `weight` for all batches of a step, or for none, since numbers of samples and weights " +
        `do not add up; got a batch ${now ? "with" : "without"} one after batches ${before ? "with" : "without"}.`,
    );
}

const scaled = ({ values, gradients }: LossGradients, factor: number) => ({
  values: tf.mul<tf.Tensor1D>(values, factor),
  gradients: Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)])),
});

/** Adds gradients by name. A param that is missing in one of them has a gradient of 0 there. */
function addEach(
  a: Readonly<Record<string, tf.Tensor>>,
  b: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  const added = Object.entries(b).map(([name, x]) => [name, a[name] ? tf.add(a[name], x) : x] as const);
  const left = Object.entries(a).filter(([name]) => !(name in b));
  return Object.fromEntries([...left.map(([name, x]) => [name, tf.clone(x)] as const), ...added]);
}
