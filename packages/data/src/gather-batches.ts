import * as tf from "@tensorflow/tfjs-core";
import type { BatchSource } from "@fovea/nn";
import { labelsAndMask } from "./collection-batches.js";
import type { CollectionSampler } from "./collections.js";
import type { StoredFeatures } from "./feature-cache.js";
import type { ImageSampler } from "./image-sampler.js";

/** A batch of collections with a stored tensor for each view. The caller disposes it. */
export type FeatureBatch = {
  /** [batch, view, ...rest]; masked views are zero. */
  features: tf.Tensor;
  /** [batch], int32. */
  labels: tf.Tensor1D;
  /** [batch, view], 1 where a view is real. */
  mask: tf.Tensor2D;
};

/** A batch of stored tensors, one for each image. The caller disposes it. */
export type SingleFeatureBatch = {
  /** [batch, ...rest] */
  features: tf.Tensor;
  /** [batch], int32. */
  labels: tf.Tensor1D;
};

/** Stored features, and the sampler that chooses some of them for each batch. */
export interface GatherBatchesOptions<Sampler extends CollectionSampler | ImageSampler = CollectionSampler> {
  /** One entry for each image along the first axis, [items, ...rest]: a tensor, or what `encodeFeatures` gives. */
  readonly features: tf.Tensor | StoredFeatures;
  /** Groups features into collections, or chooses single ones, by their index along the first axis. */
  readonly sampler: Sampler;
}

/**
 * Batches of features that were computed once (a frozen backbone's maps, for example), sampled as the images themselves
 * would be: collections with a sampler of collections, single ones with a sampler of images. Never disposes `features`.
 *
 * @throws RangeError if the values do not fill the shape, or (from `batch`) if the sampler points outside
 */
export function gatherBatches(options: GatherBatchesOptions): BatchSource<FeatureBatch>;
export function gatherBatches(options: GatherBatchesOptions<ImageSampler>): BatchSource<SingleFeatureBatch>;
export function gatherBatches({
  features,
  sampler,
}: GatherBatchesOptions<CollectionSampler | ImageSampler>): BatchSource<FeatureBatch | SingleFeatureBatch> {
  const [items = 0, ...rest] = features.shape;
  const length = rest.reduce((product, side) => product * side, 1);
  if ("values" in features && features.values.length !== items * length)
    throw new RangeError(
      `gatherBatches: expected ${items * length} values for [${features.shape.join(", ")}], got ${features.values.length}.`,
    );
  const rows = (indices: readonly number[], mask: readonly number[], shape: number[]) => {
    const outside = indices.find((index) => index >= items);
    if (outside !== undefined)
      throw new RangeError(`gatherBatches: the sampler asks for image ${outside}, but \`features\` has ${items}.`);
    return "values" in features
      ? copyRows(features.values, length, indices, mask, shape)
      : gatherRows(features, indices, mask, shape);
  };

  const batch = async (step: number) => {
    const sampled = sampler.sample(step);
    if ("mask" in sampled) {
      const { indices, mask } = sampled;
      const shape = [indices.length, indices[0]!.length, ...rest];
      return { features: rows(indices.flat(), mask.flat(), shape), ...labelsAndMask(sampled) };
    }
    const { indices, labels } = sampled;
    const real = indices.map(() => 1);
    const shape = [indices.length, ...rest];
    return { features: rows(indices, real, shape), labels: tf.tensor1d(labels, "int32") };
  };
  return { stepsPerEpoch: sampler.stepsPerEpoch, batch };
}

function copyRows(
  values: Float32Array,
  length: number,
  indices: readonly number[],
  mask: readonly number[],
  shape: number[],
): tf.Tensor {
  const out = new Float32Array(indices.length * length);
  indices.forEach((index, i) => {
    if (mask[i]) out.set(values.subarray(index * length, (index + 1) * length), i * length);
  });
  return tf.tensor(out, shape);
}

const gatherRows = (
  features: tf.Tensor,
  indices: readonly number[],
  mask: readonly number[],
  shape: number[],
): tf.Tensor =>
  tf.tidy(() => {
    const rows = tf.gather(features, tf.tensor1d([...indices], "int32"));
    if (mask.every((real) => real === 1)) return tf.reshape(rows, shape);
    const real = tf.tensor(mask as number[], [mask.length, ...features.shape.slice(1).map(() => 1)]);
    return tf.reshape(tf.mul(rows, real), shape);
  });
