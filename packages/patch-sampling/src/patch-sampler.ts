import { matchShapes, scope, type Context, type LargeImage, type Module, type Pixels, type Region } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { AttentionStage } from "./attention-stage.js";
import { batchAttention } from "./batch-attention.js";
import type { SamplingOptions } from "./cell-selector.js";
import type { FeatureNetwork, ToTensor } from "./contracts.js";
import { readRegion } from "./regions.js";
import type { SamplerInputs } from "./sampler-inputs.js";

/** Which patches of one image a sampler reads. Samplers add the attention that they were drawn from. */
export interface SamplingPlan {
  /** The patches, in pixels at full resolution. */
  readonly regions: readonly Region[];
}

/** The patches of one image, read from disk: what `collate` takes. */
export interface SampledPatches<P extends SamplingPlan = SamplingPlan> {
  readonly plan: P;
  /** One block of pixels a region of the plan, in their order. */
  readonly patches: readonly Pixels[];
}

/**
 * Turns an image that is too large for memory into one vector, from a few patches of it. There are four steps: `plan`
 * which patches, `read` them, `collate` the patches of several images into tensors, and `estimate` the vectors. The
 * first two wait for a disk. Only `estimate` is to be differentiated: it computes with tensors alone, so that an engine
 * can compile it.
 */
export interface PatchSampler<P extends SamplingPlan = SamplingPlan> extends Module {
  /**
   * Chooses patches of one image. Give each image a context with a generator of its own, such as
   * `trainingContext(rng(seed).split(step, i))`.
   */
  plan(image: LargeImage, ctx: Context, options?: SamplingOptions): Promise<P>;
  /** Reads all regions of a plan at once. @throws what `image.read` throws */
  read(image: LargeImage, plan: P): Promise<SampledPatches<P>>;
  /**
   * Makes tensors of a batch of images, which may be of any number and any sizes. The caller disposes them.
   *
   * @param ctx - whether `estimate` is to learn from them: a training context, or `{ training: true }`
   * @throws RangeError for no images; in training for a plan that was not made in training
   */
  collate(batch: readonly SampledPatches<P>[], ctx: Pick<Context, "training">): SamplerInputs;
  /**
   * The vectors of a batch of images. Does not dispose its inputs.
   *
   * @throws RangeError in training for inputs that were not collated in training, or for a plan that was made with
   * earlier weights of an attention network: its patches were drawn from other attention, so that the estimate and its
   * gradient would no longer be unbiased
   */
  estimate(inputs: SamplerInputs, ctx: Context): SamplerOutputs;
}

/** What a sampler computes of a batch of images. */
export interface SamplerOutputs {
  /** Each image's features, averaged by attention, [batch, dim]. */
  readonly vectors: tf.Tensor2D;
  /** Mean over the images of sum p log p, of all attention of an image: see `negativeEntropy`. */
  readonly negativeEntropy: tf.Scalar;
}

/** Reads a plan's regions at full resolution. */
export const readPatches = async <P extends SamplingPlan>(image: LargeImage, plan: P): Promise<SampledPatches<P>> => ({
  plan,
  patches: await Promise.all(plan.regions.map((region) => readRegion(image, region))),
});

/** Blocks of pixels of one size as numbers in [0, 1], [batch, height, width, 3]. */
export const toUnitRange: ToTensor = (blocks) => {
  const [{ width, height }] = blocks as [Pixels];
  const bytes = new Float32Array(blocks.length * height * width * 3);
  blocks.forEach(({ data }, i) => bytes.set(data, i * height * width * 3));
  return tf.tidy(() => tf.div(tf.tensor4d(bytes, [blocks.length, height, width, 3]), 255));
};

/** @throws RangeError for an empty batch */
export function requireImages(who: string, batch: readonly SampledPatches[]): void {
  if (batch.length === 0) throw new RangeError(`${who}: expected at least one image, got none.`);
}

/**
 * The weighted sum of the features of each image's patches:
 *
 *     Φ = sum_k factor_k · f_k · (the attention of its cell in each stage)
 *
 * @param stages - by the names of their networks, in the order of `inputs.stages`
 */
export function estimateOf(
  who: string,
  features: FeatureNetwork["forward"],
  stages: Readonly<Record<string, AttentionStage>>,
  inputs: SamplerInputs,
  ctx: Context,
): SamplerOutputs {
  return tf.tidy(() => {
    const vectors = inputs.patches.map((patches) => features(patches, scope(ctx, "features")));
    const [batch, patches] = inputs.factors.shape;
    const all = tf.concat(vectors, 0);
    matchShapes(who, { features: `${patches} dim` }, { features: all });
    const attention = Object.entries(stages).map(([name, stage], i) =>
      batchAttention(stage, inputs.stages[i]!.maps, scope(ctx, name)),
    );
    const weights = attention.reduce(
      (weights, { attention }, i) => tf.mul(weights, tf.gather(attention, inputs.stages[i]!.cells)),
      inputs.factors,
    );
    const entropies = [tf.scalar(0), ...attention.map(({ negativeEntropy }) => negativeEntropy)];
    return {
      vectors: tf.matMul<tf.Tensor2D>(weights, all),
      negativeEntropy: tf.div<tf.Scalar>(tf.addN(entropies), batch),
    };
  });
}

/** Features at length 1, for which drawing from attention is best. */
export const unitFeatures =
  (features: FeatureNetwork): FeatureNetwork["forward"] =>
  (patches, ctx) =>
    unitRows(features.forward(patches, ctx));

/**
 * Rows at length 1, [rows, dim]. One of zeros, such as a network without biases makes of a patch where nothing is,
 * stays zeros and has a gradient of 0: it has no direction, `tf.norm` would make it NaN, and a mere floor under the
 * length a million times too large.
 */
export function unitRows(x: tf.Tensor2D): tf.Tensor2D {
  matchShapes("unitRows", { x: "rows dim" }, { x });
  return tf.tidy(() => {
    const squares = tf.sum(tf.square(x), 1, true);
    const units = tf.div<tf.Tensor2D>(x, tf.sqrt(tf.maximum(squares, NOTHING)));
    return tf.mul(units, tf.step(tf.sub(squares, NOTHING)));
  });
}

const NOTHING = 1e-12;
