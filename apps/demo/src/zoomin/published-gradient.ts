import { scope, stopGradient } from "@fovea/nn";
import {
  attentionSampling,
  batchAttention,
  toUnitRange,
  unitRows,
  type AttentionSamplingPlan,
  type AttentionSamplingConfig,
  type AttentionSamplingParts,
  type PatchSampler,
  type SampledPatches,
  type SamplerInputs,
  type StageInputs,
} from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Attention sampling with the gradient for attention that the reference library has, for comparison: with n draws i_1 …
 * i_n of p without replacement and r_j the mass that is left before the j-th,
 *
 *     g_j = ( r_j / p_j (sum_{k<j} p_k f_k + r_j f_j) + sum_{k<j} f_k - (j - 1) f_j ) / n
 *
 * in place of f_j times the factor of the draw. The estimate, and its gradient for the features, are those of
 * `attentionSampling`.
 *
 * Ref: idiap/attention-sampling, `expectation.py`, the code of Katharopoulos & Fleuret 2019, arXiv:1905.03711.
 */
export function publishedGradient(
  parts: AttentionSamplingParts,
  config: AttentionSamplingConfig,
): PatchSampler<AttentionSamplingPlan> {
  const { attention: network, features, toTensor = toUnitRange } = parts;
  const { scale, patch: size, smoothing = 1e-5, placement = "centre" } = config;
  const stage = { network, toTensor, scale, size, placement, smoothing, score: null } as const;
  const right = attentionSampling(parts, config);
  return {
    ...right,
    collate: (seen, ctx) => ({ ...right.collate(seen, ctx), ...publishedInputs(seen) }),
    estimate(inputs: PublishedInputs, ctx) {
      if (!ctx.training) return right.estimate(inputs, ctx);
      return tf.tidy(() => {
        const { patches, factors, stages, owners, derivatives } = inputs;
        const [{ maps, cells }] = stages as [StageInputs];
        const units = unitRows(features.forward(patches[0]!, scope(ctx, "features")));
        const { attention, negativeEntropy } = batchAttention(stage, maps, scope(ctx, "attention"));
        const drawn = tf.gather(attention, cells);
        const value = tf.matMul<tf.Tensor2D>(tf.mul(factors, stopGradient(drawn)), units);
        const nothing = tf.mul<tf.Tensor2D>(owners, tf.sub(drawn, stopGradient(drawn))); // but for its gradient
        return {
          vectors: tf.add<tf.Tensor2D>(value, tf.matMul(nothing, stopGradient(tf.matMul(derivatives, units)))),
          negativeEntropy: tf.div<tf.Scalar>(negativeEntropy, factors.shape[0]),
        };
      });
    },
  };
}

type PublishedInputs = SamplerInputs & {
  /** 1 where a patch is of an image, [batch, patches]. */
  owners: tf.Tensor2D;
  /** The weights of the f_k in each derivative g_j, 0 for patches of other images, [patches, patches]. */
  derivatives: tf.Tensor2D;
};

function publishedInputs(seen: readonly SampledPatches<AttentionSamplingPlan>[]) {
  const patches = seen.flatMap(({ plan: { attentionMap } }, image) => {
    const { draw, attention } = attentionMap;
    return publishedDerivatives(Array.from(draw.indices, (i) => attention[i]!)).map((row) => ({ image, row }));
  });
  const owners = seen.map((_, image) => patches.map((patch) => (patch.image === image ? 1 : 0)));
  const derivatives = patches.map(({ image, row }) => {
    let k = 0;
    return patches.map((patch) => (patch.image === image ? row[k++]! : 0));
  });
  return { owners: tf.tensor2d(owners), derivatives: tf.tensor2d(derivatives) };
}

/** The weights of the f_k in each derivative g_j. @param p - of the drawn cells, in their order */
export function publishedDerivatives(p: readonly number[]): number[][] {
  let left = 1;
  return p.map((own, j) => {
    const share = left / own;
    const row = p.map((before, k) => (k < j ? share * before + 1 : k === j ? share * left - j : 0) / p.length);
    left = Math.max(0, left - own);
    return row;
  });
}
