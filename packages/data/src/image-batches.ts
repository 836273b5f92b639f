import type { BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { labelsOf } from "./image.js";
import { imageSamplerOf, type ImageSampler, type ImageSamplerOptions } from "./image-sampler.js";
import { viewLoader, type PlacedTransform, type ReadImagesOptions } from "./load-views.js";
import { perView, type Transform } from "./transforms/transform.js";

/** A batch of single images. The caller disposes it. */
export type ImageBatch = {
  /** [batch, height, width, channels] */
  images: tf.Tensor4D;
  /** [batch], int32. */
  labels: tf.Tensor1D;
};

/** How images are divided into batches: every image once an epoch, or as a sampler says. */
export type Sampling =
  | (Omit<ImageSamplerOptions, "labels" | "seed"> & { readonly sampler?: undefined })
  | {
      /** Chooses the images of a batch by their index in `set.items`, such as `pkSampler`. */
      readonly sampler: ImageSampler;
      readonly batch?: undefined;
      readonly shuffle?: undefined;
      readonly dropLast?: undefined;
    };

/** The images of a set, how they are divided into batches, and how they are transformed. */
export type ImageBatchesOptions = ReadImagesOptions &
  Sampling & {
    /** Applied to each image, with random choices of its own. Default: none. */
    readonly transform?: Transform;
  };

/**
 * Images for a model of single images, read and transformed as they are needed:
 *
 *     to train     imageBatches({ set, batch: 32, transform })
 *     to evaluate  imageBatches({ set, batch: 32, shuffle: false })
 *     to compare   imageBatches({ set, sampler: pkSampler({ labels: labelsOf(set), classes: 8, images: 4 }) })
 *
 * Random choices depend on `seed` and the step only, so a resumed run sees what the uninterrupted one would have.
 *
 * @throws RangeError for a set without images, or a batch below 1; from `batch` if images of a batch differ in size, or
 * the sampler points outside the set
 */
export function imageBatches(options: ImageBatchesOptions): BatchSource<ImageBatch> {
  const { transform = (image) => image } = options;
  return imageBatchesOf("imageBatches", options, samplerOf("imageBatches", options), perView(transform));
}

/** The sampler that the options say. @param who - who says it if an option is wrong */
export const samplerOf = (who: string, options: Pick<ReadImagesOptions, "set" | "seed"> & Sampling): ImageSampler =>
  options.sampler ?? imageSamplerOf(who, { ...options, labels: labelsOf(options.set) });

/** @param who - who says it if something is wrong */
export function imageBatchesOf(
  who: string,
  options: ReadImagesOptions,
  sampler: ImageSampler,
  transform: PlacedTransform,
): BatchSource<ImageBatch> {
  const load = viewLoader(who, { ...options, transform });
  const batch = async (step: number) => {
    const { indices, labels } = sampler.sample(step);
    const single = { indices: indices.map((index) => [index]), mask: indices.map(() => [1 as const]) };
    const { values, height, width } = await load(step, single);
    return {
      images: tf.tensor4d(values, [indices.length, height, width, 3]),
      labels: tf.tensor1d(labels, "int32"),
    };
  };
  return { stepsPerEpoch: sampler.stepsPerEpoch, batch };
}
