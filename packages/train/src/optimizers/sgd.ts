import * as tf from "@tensorflow/tfjs-core";
import { NOT_NEGATIVE, RATE, requireHyperparameters } from "./hyperparameters.js";
import type { DecayFilter, Optimizer } from "./optimizer.js";
import { zeroSlot } from "./zero-slot.js";

/** What `sgd` is made from. */
export interface SgdOptions {
  /** μ, in [0, 1): m ← μ m + g. Default 0. */
  readonly momentum?: number;
  /** Nesterov's momentum: the step is along g + μ m instead of m. Default false. */
  readonly nesterov?: boolean;
  /** λ ≥ 0: g ← g + λ p. Default 0. */
  readonly weightDecay?: number;
  /**
   * Whether the weight decay is p ← p − η λ p, apart from the gradient and its momentum. Default false, as in PyTorch.
   */
  readonly decoupled?: boolean;
  /** Chooses the params that weight decay applies to. Default: all. */
  readonly decay?: DecayFilter;
}

const RANGES = { momentum: RATE, weightDecay: NOT_NEGATIVE };

/**
 * Stochastic gradient descent, as in PyTorch:
 *
 *     g ← ∇ + λ p                          (decoupled: p ← (1 − η λ) p instead)
 *     m ← μ m + g
 *     p ← p − η m                          (nesterov: p ← p − η (g + μ m))
 *
 * Slot `momentum`, unless μ is 0. A schedule may change `momentum`, where that is not 0 here, and `weightDecay`.
 * @throws RangeError for a momentum outside [0, 1), a negative decay, or nesterov without momentum
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false, weightDecay = 0, decoupled = false, decay = () => true } = options;
  const own = { momentum, weightDecay };
  requireHyperparameters("sgd", own, RANGES);
  if (nesterov && momentum === 0) throw new RangeError("sgd: `nesterov` needs a `momentum` above 0, got 0.");
  return {
    config: { name: "sgd", momentum, nesterov, weightDecay, decoupled },
    requireScheduled: (scheduled) =>
      momentum > 0
        ? requireHyperparameters("sgd", scheduled, RANGES)
        : requireHyperparameters("sgd without `momentum`", scheduled, { weightDecay: RANGES.weightDecay }),
    init: (param) => (momentum > 0 ? { momentum: zeroSlot(param.shape) } : {}),
    update: (param, gradient, { momentum: slot }, { name, learningRate, scheduled }) =>
      tf.tidy(() => {
        const { momentum: mu, weightDecay: lambda } = { ...own, ...scheduled };
        const decays = lambda !== 0 && decay(name, param);
        const g = decays && !decoupled ? tf.add(gradient, tf.mul(param, lambda)) : gradient;
        const p = decays && decoupled ? tf.mul(param, tf.sub(1, tf.mul(learningRate, lambda))) : param;
        const m = slot ? tf.add(tf.mul(slot, mu), g) : g;
        const direction = nesterov ? tf.add(g, tf.mul(m, mu)) : m;
        slot?.assign(m);
        param.assign(tf.sub(p, tf.mul(direction, learningRate)));
      }),
  };
}
