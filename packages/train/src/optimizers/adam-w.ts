import { requireRates } from "@fovea/nn";
import type { DecayFilter, Optimizer } from "./optimizer.js";
import { rewrite, zeros } from "./rewrite.js";
import { requireDecay } from "./sgd.js";

/** What `adamW` is made from. */
export interface AdamWOptions {
  /** Memory of the mean, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Memory of the variance, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** λ ≥ 0, decoupled from the gradient. Default 0.01; with 0 this is Adam. */
  readonly weightDecay?: number;
  /** Which params decay. Default: all; `exceptVectors` spares biases and norms. */
  readonly decay?: DecayFilter;
}

/**
 * Adam with decoupled weight decay, as in PyTorch:
 *
 *     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,   t ← t + 1
 *     p ← (1 − η λ) p − η · m / (1 − β₁ᵗ) / ( √(v / (1 − β₂ᵗ)) + ε )
 *
 * Slots `mean` and `variance`, shaped like the param, and `count` [], each param's own t: one that is unfrozen late starts
 * as any other.
 *
 * Ref: Kingma & Ba 2015, arXiv:1412.6980; Loshchilov & Hutter 2019, arXiv:1711.05101.
 * @throws RangeError for a beta outside [0, 1) or a negative epsilon or decay
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01, decay = () => true } = options;
  requireRates("adamW", { beta1, beta2 });
  requireDecay("adamW", weightDecay);
  if (!(epsilon >= 0)) throw new RangeError(`adamW: \`epsilon\` must be at least 0, got ${epsilon}.`);
  return {
    config: { name: "adamW", beta1, beta2, epsilon, weightDecay },
    init: ({ shape }) => ({ mean: zeros(shape), variance: zeros(shape), count: zeros([]) }),
    update: (param, gradient, slots, { name, learningRate }) => {
      const shrink = decay(name, param) ? 1 - learningRate * weightDecay : 1;
      const slope = gradient.dataSync();
      rewrite([param, slots["mean"]!, slots["variance"]!, slots["count"]!], (p, m, v, count) => {
        const t = (count[0] = count[0]! + 1);
        const rate = learningRate / (1 - beta1 ** t);
        const correction = 1 / Math.sqrt(1 - beta2 ** t);
        for (let i = 0; i < p.length; i++) {
          const g = slope[i]!;
          const mean = (m[i] = beta1 * m[i]! + (1 - beta1) * g);
          const variance = (v[i] = beta2 * v[i]! + (1 - beta2) * g * g);
          p[i] = shrink * p[i]! - (rate * mean) / (Math.sqrt(variance) * correction + epsilon);
        }
      });
    },
  };
}
