import { collectionSampler, horizontalFlip, inOrder, labelsOf, perView, viewSubsets } from "@fovea/data";
import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { viewBatches, type SplitImages } from "../splits.js";

/** Single images, or maps of them, [batch, height, width, channels], with their classes [batch]. */
export type ImageBatch = { x: tf.Tensor4D; labels: tf.Tensor1D };

/** In another random order each epoch, without a last, smaller batch: one image alone has no batch statistics. */
export function trainingBatches(
  images: SplitImages,
  { batch, seed, mirror }: { readonly batch: number; readonly seed: number; readonly mirror: boolean },
): BatchSource<ImageBatch> {
  const sampler = collectionSampler({ labels: labelsOf(images.set), views: 1, batch, seed, dropLast: true });
  const flips = mirror && { transform: perView(horizontalFlip()) };
  return single(viewBatches(images, fromOf(images), sampler, { seed, ...flips }));
}

/** Each image once. */
export function batchesInOrder(images: SplitImages, batch = 64): BatchSource<ImageBatch> {
  const subsets = viewSubsets({ labels: labelsOf(images.set), views: 1 });
  return single(viewBatches(images, fromOf(images), inOrder(subsets, { batch })));
}

const fromOf = ({ features }: SplitImages) => (features ? "map" : "image");

/** Collections of one image, without the axis of the views. */
const single = ({ stepsPerEpoch, batch }: ReturnType<typeof viewBatches>): BatchSource<ImageBatch> => ({
  stepsPerEpoch,
  async batch(step) {
    const { views, labels, mask } = await batch(step);
    const x = tf.squeeze<tf.Tensor4D>(views, [1]);
    tf.dispose([views, mask]);
    return { x, labels };
  },
});
