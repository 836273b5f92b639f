import { crossEntropy } from "@fovea/losses";
import { withProgress } from "@fovea/experiment";
import type { LargeImageClassifier } from "@fovea/models";
import { inferenceContext, rng } from "@fovea/nn";
import type { AttentionSamplingPlan, SampledPatches } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { gradientScatter, KINDS, type Attended, type Kind, type Scatter } from "./gradient-noise.js";
import type { Model } from "./networks.js";
import type { LabeledImage } from "./scenes.js";

/** How the gradient for attention scatters with so many patches of an image, over some scenes. */
export interface VariancePoint {
  readonly kind: Kind;
  readonly patches: number;
  /** Sum of the variances over the sum of the true gradients' squared lengths. */
  readonly noise: number;
  /** Sum of the squared biases over the same; as an estimate it can come out below 0. */
  readonly squaredBias: number;
}

const PATCHES = [1, 2, 4, 8, 16, 32, 64];
const DRAWS = 400;
const SCENES = 24;

/**
 * How the gradient of attention sampling scatters on the first scenes with a sign, with its weights as they are now.
 */
export async function varianceOf(
  model: Model,
  scenes: readonly LabeledImage[],
  seed: number,
): Promise<VariancePoint[]> {
  const chosen = scenes.filter(({ boxes }) => boxes?.length).slice(0, SCENES);
  return withProgress("scatter of gradients", chosen.length, async (to) => {
    const all: (Scatter & Pick<VariancePoint, "kind" | "patches">)[][] = [];
    for (const [i, scene] of chosen.entries()) {
      const attended = await attendedOf(model as LargeImageClassifier<AttentionSamplingPlan>, scene);
      const random = rng(seed).split("variance", i);
      all.push(
        KINDS.flatMap((kind) =>
          PATCHES.map((patches) => ({
            ...{ kind, patches },
            ...gradientScatter(attended, kind, patches, DRAWS, random.split(kind, patches)),
          })),
        ),
      );
      to(i + 1);
    }
    const sum = (k: number, what: keyof Scatter) => all.reduce((total, one) => total + one[k]![what], 0);
    return all[0]!.map(({ kind, patches }, k) => ({
      kind,
      patches,
      // not the mean of ratios: where a scene has nothing to learn, the truth is 0
      noise: sum(k, "variance") / sum(k, "squaredTruth"),
      squaredBias: sum(k, "squaredBias") / sum(k, "squaredTruth"),
    }));
  });
}

/** Attention of every cell, and what the cross-entropy of the exact estimate gains by it. */
async function attendedOf(
  { sampler, params }: LargeImageClassifier<AttentionSamplingPlan>,
  { label, source }: LabeledImage,
): Promise<Attended> {
  const still = inferenceContext();
  const plan = await sampler.plan(source, still, { mode: "exact" });
  const { patches } = await sampler.read(source, plan);
  const slopes = tf.tidy(() => {
    const each = patches.map((patch, i) => alone(plan, patch, i));
    const f = sampler.estimate(each, still).vectors; // of length 1, [cells, dim]
    const phi = tf.matMul(tf.tensor2d(plan.attentionMap.attention, [1, f.shape[0]]), f);
    const head = (x: tf.Tensor) =>
      tf.add(tf.matMul(x as tf.Tensor2D, params["head.weight"] as tf.Tensor2D), params["head.bias"]!) as tf.Tensor2D;
    const slope = tf.grad((x) => crossEntropy(head(x), tf.tensor1d([label], "int32")))(phi);
    return tf.matMul(f, slope as tf.Tensor2D, false, true).dataSync();
  });
  return { attention: plan.attentionMap.attention, slopes };
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
