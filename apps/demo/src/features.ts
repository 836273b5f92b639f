import * as tf from "@tensorflow/tfjs-core";
import { toTensor, type ImageItem, type Normalization } from "@fovea/data";
import { inferenceContext, type ImageEncoder } from "@fovea/nn";

/** What the trunk expects: x / 127.5 − 1. */
export const NORMALIZATION: Normalization = "keras";

/** The maps of many images, kept outside the backend's memory. */
export interface FeatureTable {
  readonly values: Float32Array;
  /** [items, height, width, channels] */
  readonly shape: readonly number[];
}

/**
 * A frozen stem's map of every image, computed once.
 *
 * @param stage - whose map is kept
 * @param onProgress - called with the number of images done
 */
export async function encodeItems(
  stem: ImageEncoder,
  stage: string,
  items: readonly ImageItem[],
  onProgress: (done: number) => void,
  signal?: AbortSignal,
  batch = 16,
): Promise<FeatureTable> {
  let table: FeatureTable = { values: new Float32Array(0), shape: [0] };
  for (let from = 0; from < items.length; from += batch) {
    const images = await Promise.all(items.slice(from, from + batch).map((item) => item.load()));
    const maps = tf.tidy(() => stem.maps(toTensor(images, NORMALIZATION), inferenceContext(), { take: [stage] })[0]!);
    const length = maps.size / images.length;
    if (from === 0)
      table = { values: new Float32Array(items.length * length), shape: [items.length, ...maps.shape.slice(1)] };
    table.values.set((await maps.data()) as Float32Array, from * length);
    maps.dispose();
    onProgress(from + images.length);
    signal?.throwIfAborted();
  }
  return table;
}
