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

/** A side of a task: its pictures, kept in memory, and the frozen trunk's map of each, if a strategy asks for it. */
export interface Side {
  readonly set: ImageSet;
  readonly features: FeatureTable | null;
}

/** Single pictures, or maps of them, [batch, height, width, channels], with their classes [batch]. */
export type PictureBatch = { x: tf.Tensor4D; labels: tf.Tensor1D };

/** In another random order each epoch, without a last, smaller batch: one picture alone has no batch statistics. */
export function trainingBatches(
  side: Side,
  { batch, seed, mirror }: { readonly batch: number; readonly seed: number; readonly mirror: boolean },
): BatchSource<PictureBatch> {
  const sampler = collectionSampler({ labels: labelsOf(side.set), views: 1, batch, seed, dropLast: true });
  return single(side, sampler, { seed, mirror });
}

/** Each picture once. */
export const batchesInOrder = (side: Side, batch = 64): BatchSource<PictureBatch> =>
  single(side, inOrder(viewSubsets({ labels: labelsOf(side.set), views: 1 }), { batch }), { seed: 0, mirror: false });

/** Batches of collections of one picture, without the axis of the views. */
function single(
  { set, features }: Side,
  sampler: CollectionSampler,
  { seed, mirror }: { readonly seed: number; readonly mirror: boolean },
): BatchSource<PictureBatch> {
  const flips = mirror && { transform: perView(horizontalFlip()) };
  const source = features
    ? gatherBatches({ features, sampler })
    : collectionBatches({ set, sampler, normalization: NORMALIZATION, seed, ...flips });
  const batch = async (step: number): Promise<PictureBatch> => {
    const { labels, mask, ...rest } = await source.batch(step);
    const views = "images" in rest ? rest.images : rest.features;
    const x = tf.squeeze<tf.Tensor4D>(views, [1]);
    tf.dispose([views, mask]);
    return { x, labels };
  };
  return { stepsPerEpoch: source.stepsPerEpoch, batch };
}
