import { matchShapes, scope, type Context, type LargeImage, type Module, type Pixels, type Region } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { SamplingOptions } from "./cell-selector.js";
import type { FeatureNetwork, ToTensor } from "./contracts.js";
import { readRegion } from "./regions.js";

/** Which patches of one image a sampler reads. Samplers add the attention that they were drawn from. */
export interface SamplingPlan {
  /** The patches, in pixels at full resolution. */
  readonly regions: readonly Region[];
}

/** The patches of one image, read from disk: what `estimate` takes. */
export interface SampledPatches<P extends SamplingPlan = SamplingPlan> {
  readonly plan: P;
  /** One block of pixels a region of the plan, in their order. */
  readonly patches: readonly Pixels[];
}

/**
 * Turns an image that is too large for memory into one vector, from a few patches of it. There are three steps, because
 * reading waits for a disk and a gradient tape does not wait: `plan` which patches, `read` them, `estimate` the vector.
 * Only `estimate` is to be differentiated.
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
   * The vectors of a batch of images, which may be of any number and any sizes.
   *
   * @throws RangeError in training for a plan that was made with earlier weights of an attention network: its patches
   * were drawn from other attention, so that the estimate and its gradient would no longer be unbiased
   */
  estimate(batch: readonly SampledPatches<P>[], ctx: Context): SamplerOutputs;
}

/** What a sampler computes of a batch of images. */
export interface SamplerOutputs {
  /** Each image's features, averaged by attention, [batch, dim]. */
  readonly vectors: tf.Tensor2D;
  /** Mean over the images of sum p log p, of all attention of an image: see `negativeEntropy`. */
  readonly negativeEntropy: tf.Scalar;
}

/** The weights of the patches of a batch, and how even the attention is that they come from. */
export interface WeightedPatches {
  /** [patches of all images, one after another] */
  readonly weights: tf.Tensor1D;
  /** sum p log p, of all attention of all images. */
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

/** sum_k weights_k f_k for each image. Features f are brought to length 1, for which drawing from attention is best. */
export function estimateOf<P extends SamplingPlan>(
  who: string,
  { features, toTensor }: { readonly features: FeatureNetwork; readonly toTensor: ToTensor },
  batch: readonly SampledPatches<P>[],
  weigh: (plans: readonly P[]) => WeightedPatches,
  ctx: Context,
): SamplerOutputs {
  requireImages(who, batch);
  return tf.tidy(() => {
    const patches = batch.flatMap(({ patches }) => patches);
    const vectors = features.forward(toTensor(patches), scope(ctx, "features"));
    matchShapes(who, { features: `${patches.length} dim` }, { features: vectors });
    const { weights, negativeEntropy } = weigh(batch.map(({ plan }) => plan));
    const weighted = tf.mul<tf.Tensor2D>(ownersOf(batch), weights);
    return {
      vectors: tf.matMul<tf.Tensor2D>(weighted, unitRows(vectors)),
      negativeEntropy: tf.div<tf.Scalar>(negativeEntropy, batch.length),
    };
  });
}

/** 1 where a patch is of an image, [batch, patches]. */
function ownersOf(batch: readonly SampledPatches[]): tf.Tensor2D {
  const all = batch.reduce((sum, { patches }) => sum + patches.length, 0);
  const owners = new Float32Array(batch.length * all);
  let first = 0;
  for (const [b, { patches }] of batch.entries()) {
    owners.fill(1, b * all + first, b * all + first + patches.length);
    first += patches.length;
  }
  return tf.tensor2d(owners, [batch.length, all]);
}

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
