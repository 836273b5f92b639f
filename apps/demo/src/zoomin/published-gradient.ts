import { scope, stopGradient } from "@fovea/nn";
import {
  attentionSampling,
  batchAttention,
  drawWeights,
  toUnitRange,
  unitRows,
  type AttentionSamplingPlan,
  type AttentionSamplingConfig,
  type AttentionSamplingParts,
  type PatchSampler,
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
  const stage = { network, toTensor, scale, size, placement, smoothing, score: "sum" } as const;
  const right = attentionSampling(parts, config);
  return {
    ...right,
    estimate(seen, ctx) {
      if (!ctx.training) return right.estimate(seen, ctx);
      return tf.tidy(() => {
        const found = features.forward(toTensor(seen.flatMap(({ patches }) => patches)), scope(ctx, "features"));
        const units = unitRows(found);
        const maps = seen.map(({ plan }) => plan.attentionMap);
        const { attention, starts } = batchAttention(stage, maps, scope(ctx, "attention"));
        const shares = maps.map((map, i) => tf.slice(attention, starts[i]!, map.attention.length));
        let first = 0;
        const rows = seen.map(({ plan, patches }, i) => {
          const f = tf.slice(units, [first, 0], [patches.length, -1]);
          first += patches.length;
          return estimateOf(shares[i]!, f, plan);
        });
        const entropies = shares.map((p) => tf.sum(tf.mul(p, tf.log(tf.maximum(p, 1e-12)))));
        const negativeEntropy = tf.div<tf.Scalar>(tf.addN(entropies), seen.length);
        return { vectors: tf.concat(rows, 0), negativeEntropy };
      });
    },
  };
}

/** The value of the right estimate, and the published gradient. [1, dim] */
function estimateOf(p: tf.Tensor1D, f: tf.Tensor2D, { attentionMap }: AttentionSamplingPlan): tf.Tensor2D {
  const { draw, attention } = attentionMap;
  const row = (x: tf.Tensor1D) => tf.expandDims<tf.Tensor2D>(x, 0);
  const value = tf.matMul(row(stopGradient(drawWeights(p, draw))), f);
  const drawn = tf.gather(p, tf.tensor1d(draw.indices, "int32"));
  const weights = publishedDerivatives(Array.from(draw.indices, (i) => attention[i]!));
  const derivatives = stopGradient(tf.matMul(tf.tensor2d(weights), f));
  // the second is 0, its gradient is not
  return tf.add(value, tf.matMul(row(tf.sub(drawn, stopGradient(drawn))), derivatives));
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
