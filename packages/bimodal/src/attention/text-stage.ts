import { maskedSoftmax, type Context, type Layer } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { EncodedPhrases } from "../phrase-encoder.js";
import type { QueryRelationalScorer } from "./query-relational-scorer.js";
import { strikePhrases } from "./strike-phrases.js";
import { weightedSum } from "./weighted-sum.js";

/** The layers of the text half of a stage. */
export interface TextParts {
  /** QRM: how well each phrase goes with the chosen block. */
  readonly phraseScorer: QueryRelationalScorer;
  /** SAM: [batch, phrase, dim] → [batch, phrase]. */
  readonly textScorer: Layer;
}

/** What the text half of a stage reads. */
export interface TextStage {
  /** [f_global ; f_local], [batch, 2 · dim]. */
  readonly features: tf.Tensor2D;
  /** The weight of each phrase in the local stream, [batch, phrase]. */
  readonly beta: tf.Tensor2D;
  /** The weight of each phrase in the global stream, [batch, phrase]. */
  readonly gamma: tf.Tensor2D;
  /** The phrases that the global stream had left, and the next stage has, [batch, phrase], 1 where available. */
  readonly left: tf.Tensor2D;
}

/**
 * The text half of a stage. The local stream reads the phrases that go with the chosen block; those that it explains
 * are struck out, and the global stream reads what is left:
 *
 *     β = softmax(QRM(f_local, z)) among the available phrases,   f_local^t  = Σ_i β_i · z_i
 *     γ = softmax(SAM(z))          among those not struck out,    f_global^t = Σ_i γ_i · z_i
 *
 * Struck out are phrases whose β_i is among the three largest and greater than 1 / p + 1e-6, where p is the number of
 * real phrases of the sample. A stream without a phrase gives zeros.
 *
 * Ref: Song et al. 2020, "Bi-modal Progressive Mask Attention for Fine-grained Recognition", eqs. 5 to 7.
 * @param phrases - finite also where `mask` is 0
 * @param local - f_local of the visual half, [batch, localDim]
 * @param available - [batch, phrase], 1 where a phrase may be used; 0 for padding
 * @param strike - whether phrases are struck out. Default true
 */
export function textStage(
  { phraseScorer, textScorer }: TextParts,
  { vectors, mask }: EncodedPhrases,
  local: tf.Tensor2D,
  available: tf.Tensor2D,
  ctx: Context,
  strike = true,
): TextStage {
  return tf.tidy(() => {
    const beta = maskedSoftmax(phraseScorer.forward(local, vectors, ctx), available);
    const left = strike ? strikePhrases(beta, available, mask) : tf.clone(available);
    const gamma = maskedSoftmax(textScorer.forward(vectors, ctx) as tf.Tensor2D, left);
    const features = tf.concat([weightedSum(gamma, vectors), weightedSum(beta, vectors)], 1);
    return { features, beta, gamma, left };
  });
}
