import { activate, joinModules, linear, requireCounts, requireOneOf, subSeed, type Layer } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** The configuration of `selfAttentionScorer`. */
export interface SelfAttentionScorerConfig {
  /** Length of the vector of an item. */
  readonly dim: number;
  /** The activation function δ: the paper has "relu" for blocks of an image and "tanh" for phrases. */
  readonly activation: "relu" | "tanh";
  /** How many times shorter the hidden vector is: it has ⌊dim / reduction⌋ numbers, at least 1. Default 16. */
  readonly reduction?: number | undefined;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * The self-attention scorer (SAM) of PMA, which says from the vector x of an item alone how much it matters:
 *
 *     s = W₂ · δ(W₁ · x + b₁)
 *
 * [batch, items, dim] → scores [batch, items]. W₂ has no bias: a softmax over the scores would cancel it.
 * Params `fc1.weight` [dim, hidden], `fc1.bias`, `fc2.weight` [hidden, 1].
 *
 * Ref: Song et al. 2020, "Bi-modal Progressive Mask Attention for Fine-grained Recognition", eq. 1.
 * @throws RangeError for sizes below 1, or another `activation`
 */
export function selfAttentionScorer(config: SelfAttentionScorerConfig): Layer {
  const { dim, activation, reduction = 16, seed = 0 } = config;
  requireCounts("selfAttentionScorer", { dim, reduction });
  requireOneOf("selfAttentionScorer", { activation }, ["relu", "tanh"]);
  const hidden = Math.max(1, Math.floor(dim / reduction));
  const fc1 = linear({ in: dim, out: hidden, seed: subSeed(seed, "fc1") });
  const fc2 = linear({ in: hidden, out: 1, bias: false, seed: subSeed(seed, "fc2") });
  return {
    ...joinModules({ fc1, fc2 }),
    forward: (x, ctx) =>
      tf.tidy(() => tf.squeeze(fc2.forward(activate(fc1.forward(x, ctx), activation), ctx), [x.rank - 1])),
  };
}
