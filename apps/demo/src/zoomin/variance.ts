import { crossEntropy } from "@fovea/losses";
import { withProgress, type Measurement } from "@fovea/experiment";
import type { LargeImageClassifier } from "@fovea/models";
import { inferenceContext, rng } from "@fovea/nn";
import type { AttentionSamplingPlan, SampledPatches } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { gradientScatter, KINDS, type Attended, type Scatter } from "./gradient-noise.js";
import type { Model } from "./networks.js";
import type { LabeledImage } from "./scenes.js";

const PATCHES = [1, 2, 4, 8, 16, 32, 64];
const DRAWS = 400;
const SCENES = 24;

/**
 * How the gradient of attention sampling scatters on the first scenes with a sign, with its weights as they are now,
 * for each way to draw and number of patches: `noise`, its variance, and `squaredBias`, both over the squared length of
 * the true gradient.
 */
export async function varianceOf(model: Model, scenes: readonly LabeledImage[], seed: number): Promise<Measurement[]> {
  const chosen = scenes.filter(({ boxes }) => boxes?.length).slice(0, SCENES);
  const draws = KINDS.flatMap((kind) => PATCHES.map((patches) => ({ kind, patches })));
  const all: (readonly Scatter[])[] = [];
  await withProgress("scatter of gradients", chosen.length, async (to) => {
    for (const [i, scene] of chosen.entries()) {
      const attended = await attendedOf(model as LargeImageClassifier<AttentionSamplingPlan>, scene);
      const random = (kind: string, patches: number) => rng(seed).split("variance", i).split(kind, patches);
      all.push(
        draws.map(({ kind, patches }) => gradientScatter(attended, kind, patches, DRAWS, random(kind, patches))),
      );
      to();
    }
  });
  return draws.flatMap((at, k) => {
    const sum = (what: keyof Scatter) => all.reduce((total, one) => total + one[k]![what], 0);
    const truth = sum("squaredTruth"); // not the mean of ratios: where a scene has nothing to learn, it is 0
    return [
      { metric: "noise", at, value: sum("variance") / truth },
      { metric: "squaredBias", at, value: sum("squaredBias") / truth },
    ];
  });
}

/** Attention of every cell, and the derivatives of the cross-entropy of the exact estimate with respect to it. */
async function attendedOf(
  { sampler, params }: LargeImageClassifier<AttentionSamplingPlan>,
  { label, source }: LabeledImage,
): Promise<Attended> {
  const still = inferenceContext();
  const plan = await sampler.plan(source, still, { mode: "exact" });
  const { patches } = await sampler.read(source, plan);
  const derivatives = tf.tidy(() => {
    const each = patches.map((patch, i) => alone(plan, patch, i));
    const f = sampler.estimate(sampler.collate(each, still), still).vectors; // of length 1, [cells, dim]
    const phi = tf.matMul(tf.tensor2d(plan.attentionMap.attention, [1, f.shape[0]]), f);
    const logits = (x: tf.Tensor) => tf.add<tf.Tensor2D>(tf.matMul(x, params["head.weight"]!), params["head.bias"]!);
    const gradient = tf.grad((x) => crossEntropy(logits(x), tf.tensor1d([label], "int32")))(phi);
    return tf.matMul(f, gradient as tf.Tensor2D, false, true).dataSync();
  });
  return { attention: plan.attentionMap.attention, derivatives };
}

/** An image of which one patch was drawn and is all there is. */
function alone(
  plan: AttentionSamplingPlan,
  patch: SampledPatches["patches"][number],
  i: number,
): SampledPatches<AttentionSamplingPlan> {
  const draw = { indices: Int32Array.of(0), factors: Float64Array.of(1), times: Int32Array.of(1) };
  const regions = [plan.regions[i]!];
  return {
    plan: { regions, attentionMap: { ...plan.attentionMap, attention: Float32Array.of(1), draw, regions } },
    patches: [patch],
  };
}
