import * as tf from "@tensorflow/tfjs-core";
import type { ImageItem } from "./image.js";
import { toTensor, type Normalization } from "./to-tensor.js";

/** Features that were computed once, outside the backend's memory. */
export interface StoredFeatures {
  /** The numbers of all items, one after another. */
  readonly values: Float32Array;
  /** [items, ...rest] */
  readonly shape: readonly number[];
}

/** How `encodeImages` reads images. */
export interface EncodeImagesOptions {
  /** How bytes become the network's numbers. Default "imagenet": ImageNet's mean and deviation. */
  readonly normalization?: Normalization;
  /** Images that are encoded at a time. Default 16. */
  readonly batch?: number;
  /** Called after each image. What it throws ends the work. Default: none. */
  readonly onImage?: () => void;
}

/**
 * What a frozen network makes of every image, computed once: the features of `gatherBatches`.
 *
 * @param encode - the network, [batch, height, width, 3] to [batch, ...rest]; its images are disposed after it
 * @throws RangeError for images of a batch that differ in size; whatever reading throws
 */
export async function encodeImages(
  items: readonly Pick<ImageItem, "load">[],
  encode: (images: tf.Tensor4D) => tf.Tensor,
  { normalization = "imagenet", batch = 16, onImage }: EncodeImagesOptions = {},
): Promise<StoredFeatures> {
  let stored: StoredFeatures = { values: new Float32Array(0), shape: [0] };
  for (let from = 0; from < items.length; from += batch) {
    const images = await Promise.all(items.slice(from, from + batch).map((item) => item.load()));
    const features = tf.tidy(() => encode(toTensor(images, normalization)));
    const length = features.size / images.length;
    if (from === 0)
      stored = { values: new Float32Array(items.length * length), shape: [items.length, ...features.shape.slice(1)] };
    stored.values.set((await features.data()) as Float32Array, from * length);
    features.dispose();
    images.forEach(() => onImage?.());
  }
  return stored;
}
