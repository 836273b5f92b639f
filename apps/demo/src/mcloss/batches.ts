import {
  collectionBatches,
  collectionSampler,
  gatherBatches,
  horizontalFlip,
  inOrder,
  labelsOf,
  perView,
  viewSubsets,
  type CollectionSampler,
  type ImageSet,
} from "@fovea/data";
import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { NORMALIZATION, type FeatureTable } from "../features.js";

/** The images of a split, kept in memory, and the frozen trunk's map of each, if a variant asks for it. */
export interface SplitImages {
  readonly set: ImageSet;
  readonly features: FeatureTable | null;
}

/** Single images, or maps of them, [batch, height, width, channels], with their classes [batch]. */
export type ImageBatch = { x: tf.Tensor4D; labels: tf.Tensor1D };

/** In another random order each epoch, without a last, smaller batch: one image alone has no batch statistics. */
export function trainingBatches(
  images: SplitImages,
  { batch, seed, mirror }: { readonly batch: number; readonly seed: number; readonly mirror: boolean },
): BatchSource<ImageBatch> {
  const sampler = collectionSampler({ labels: labelsOf(images.set), views: 1, batch, seed, dropLast: true });
  return single(images, sampler, { seed, mirror });
}

/** Each image once. */
export const batchesInOrder = (images: SplitImages, batch = 64): BatchSource<ImageBatch> =>
  single(images, inOrder(viewSubsets({ labels: labelsOf(images.set), views: 1 }), { batch }), {
    seed: 0,
    mirror: false,
  });

/** Batches of collections of one image, without the axis of the views. */
function single(
  { set, features }: SplitImages,
  sampler: CollectionSampler,
  { seed, mirror }: { readonly seed: number; readonly mirror: boolean },
): BatchSource<ImageBatch> {
  const flips = mirror && { transform: perView(horizontalFlip()) };
  const source = features
    ? gatherBatches({ features, sampler })
    : collectionBatches({ set, sampler, normalization: NORMALIZATION, seed, ...flips });
  const batch = async (step: number): Promise<ImageBatch> => {
    const { labels, mask, ...rest } = await source.batch(step);
    const views = "images" in rest ? rest.images : rest.features;
    const x = tf.squeeze<tf.Tensor4D>(views, [1]);
    tf.dispose([views, mask]);
    return { x, labels };
  };
  return { stepsPerEpoch: source.stepsPerEpoch, batch };
}
