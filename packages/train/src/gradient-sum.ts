import * as tf from "@tensorflow/tfjs-core";
import { disposeGradients, type BatchGradients, type LossGradients } from "./gradients.js";

/**
 * The weighted sum of several batches' losses and gradients: Σ W_i L_i and Σ W_i ∇L_i, where each loss L_i is a mean
 * over the weight W_i. Divided by Σ W_i they are the loss and the gradients of one large batch.
 */
export interface GradientSum extends LossGradients {
  /** Σ W_i, float32. */
  readonly weight: tf.Scalar;
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
    const weighted = batch.weight !== undefined;
    if (sum) requireSame(sum.weighted, weighted);
    const next = tf.tidy(() => {
      const weight = batch.weight ? tf.clone(batch.weight) : tf.scalar(samples);
      const { losses, gradients } = scaled(batch, weight);
      if (!sum) return { losses, gradients, weight };
      return {
        losses: addEach(sum.losses, losses),
        gradients: addEach(sum.gradients, gradients),
        weight: tf.add<tf.Scalar>(sum.weight, weight),
      };
    });
    return { ...next, weighted };
  } finally {
    disposeGradients(sum);
    disposeGradients(batch);
  }
}

/** The sum divided by its weight; zeros if that is 0. Disposes the sum. */
export function meanGradients(sum: GradientSum): LossGradients {
  try {
    return tf.tidy(() => scaled(sum, tf.divNoNan(1, sum.weight)));
  } finally {
    disposeGradients(sum);
  }
}

function requireSame(before: boolean, now: boolean): void {
  if (before !== now)
    throw new TypeError(
      "fit: `loss` must return a `weight` for all batches of a step, or for none, since numbers of samples and weights " +
        `do not add up; got a batch ${now ? "with" : "without"} one after batches ${before ? "with" : "without"}.`,
    );
}

type Named<T extends tf.Tensor> = Readonly<Record<string, T>>;

const scaled = ({ losses, gradients }: LossGradients, factor: tf.Tensor) => ({
  losses: multiplied(losses, factor),
  gradients: multiplied(gradients, factor),
});

const multiplied = <T extends tf.Tensor>(tensors: Named<T>, factor: tf.Tensor): Record<string, T> =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, tf.mul<T>(x, factor)]));

/** Adds tensors by name. One that is missing in one of them is 0 there. */
function addEach<T extends tf.Tensor>(a: Named<T>, b: Named<T>): Record<string, T> {
  const added = Object.entries(b).map(([name, x]) => [name, a[name] ? tf.add<T>(a[name], x) : x] as const);
  const left = Object.entries(a).filter(([name]) => !(name in b));
  return Object.fromEntries([...left.map(([name, x]) => [name, tf.clone(x)] as const), ...added]);
}
