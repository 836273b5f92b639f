import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Collections, CollectionSampler } from "./collections.js";
import { viewLoader, type ReadImagesOptions } from "./load-views.js";
import type { CollectionTransform } from "./transforms/transform.js";

/** A batch of collections with their images. The caller disposes it. */
export type CollectionBatch = {
  /** [batch, view, height, width, channels]; masked views are zero. */
  images: tf.Tensor5D;
  /** [batch], int32. */
  labels: tf.Tensor1D;
  /** [batch, view], 1 where a view is real. */
  mask: tf.Tensor2D;
};

/** The images of a set, the sampler that groups them, and how they are transformed. */
export interface CollectionBatchesOptions extends ReadImagesOptions {
  /** Groups images into collections, by their index in `set.items`. */
  readonly sampler: CollectionSampler;
  /**
   * Applied to the real views of each collection: `perView(…)`, `consistent(…)` or a composition of both. Default:
   * none.
   */
  readonly transform?: CollectionTransform;
}

/**
 * Images for a multi-view model, read and transformed as they are needed. Random choices depend on `seed` and the
 * step only, so a resumed run sees what the uninterrupted one would have.
 *
 * @throws RangeError (from `batch`) if images of a batch differ in size, or the sampler points outside the set
 */
export function collectionBatches(options: CollectionBatchesOptions): BatchSource<CollectionBatch> {
  const { sampler, transform = (views) => views } = options;
  const load = viewLoader("collectionBatches", { ...options, transform });
  const batch = async (step: number) => {
    const collections = sampler.sample(step);
    const { values, height, width } = await load(step, collections);
    const [batch, view] = [collections.indices.length, collections.indices[0]!.length];
    return { images: tf.tensor5d(values, [batch, view, height, width, 3]), ...labelsAndMask(collections) };
  };
  return { stepsPerEpoch: sampler.stepsPerEpoch, batch };
}

/** Labels and mask of a batch as tensors. */
export const labelsAndMask = ({ labels, mask }: Collections): { labels: tf.Tensor1D; mask: tf.Tensor2D } => ({
  labels: tf.tensor1d(labels, "int32"),
  mask: tf.tensor2d(
    mask.map((row) => [...row]),
    undefined,
    "float32",
  ),
});
