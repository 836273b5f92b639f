import * as tf from "@tensorflow/tfjs-core";
import { oneMinus, oneMinusPower } from "./one-minus.js";
import { NOT_NEGATIVE, POSITIVE, RATE, requireHyperparameters } from "./hyperparameters.js";
import type { DecayFilter, Optimizer } from "./optimizer.js";
import { zeroSlot } from "./zero-slot.js";

/** What `adamW` is made from. */
export interface AdamWOptions {
  /** β₁, the memory of the mean of the gradients, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** β₂, the memory of the mean of the squared gradients, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** ε, which is added to the denominator against division by zero. Default 1e-8. */
  readonly epsilon?: number;
  /** λ ≥ 0: p ← p − η λ p, apart from the gradient. Default 0.01; with 0 this is Adam. */
  readonly weightDecay?: number;
  /** Chooses the params that weight decay applies to. Default: all; `exceptVectors` spares biases and norms. */
  readonly decay?: DecayFilter;
}

const RANGES = { beta1: RATE, beta2: RATE, epsilon: POSITIVE, weightDecay: NOT_NEGATIVE };

/**
 * Adam with decoupled weight decay, as in PyTorch:
 *
 *     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,   t ← t + 1
 *     p ← (1 − η λ) p − η · m / (1 − β₁ᵗ) / ( √(v / (1 − β₂ᵗ)) + ε )
 *
 * Slots `mean` and `variance`, shaped like the param, and `count` [], each param's own t: one that is unfrozen late
 * starts as any other. A schedule may change `beta1`, `beta2`, `epsilon` and `weightDecay`; t stays the power of a β
 * that moves, as in PyTorch.
 *
 * Ref: Kingma & Ba 2015, arXiv:1412.6980; Loshchilov & Hutter 2019, arXiv:1711.05101.
 * @throws RangeError for a beta outside [0, 1) or an epsilon that is not above 0, or a negative decay
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, decay = () => true } = options;
  const own = { beta1, beta2, epsilon, weightDecay };
  requireHyperparameters("adamW", own, RANGES);
  return {
    config: { name: "adamW", ...own },
    requireScheduled: (scheduled) => requireHyperparameters("adamW", scheduled, RANGES),
    init: ({ shape }) => ({ mean: zeroSlot(shape), variance: zeroSlot(shape), count: zeroSlot([]) }),
    update: (param, gradient, slots, { name, learningRate, scheduled }) =>
      tf.tidy(() => {
        const { beta1, beta2, epsilon, weightDecay } = { ...own, ...scheduled };
        const { mean, variance, count } = slots as Record<"mean" | "variance" | "count", tf.Variable>;
        const t = tf.add<tf.Scalar>(count, 1);
        const unbias = tf.sqrt(oneMinusPower(beta2, t)); // of √v, moved into rate and ε: they are scalars
        const rate = tf.div(tf.mul(learningRate, unbias), oneMinusPower(beta1, t));
        const m = tf.add(tf.mul(mean, beta1), tf.mul(gradient, oneMinus(beta1)));
        const v = tf.add(tf.mul(variance, beta2), tf.mul(tf.square(gradient), oneMinus(beta2)));
        const step = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), tf.mul(unbias, epsilon)));
        const decays = weightDecay !== 0 && decay(name, param);
        const kept = decays ? tf.mul(param, tf.sub(1, tf.mul(learningRate, weightDecay))) : param;
        mean.assign(m);
        variance.assign(v);
        count.assign(t);
        param.assign(tf.sub(kept, step));
      }),
  };
}
