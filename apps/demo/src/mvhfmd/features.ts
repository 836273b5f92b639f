import * as tf from "@tensorflow/tfjs-core";
import { toTensor, type ImageItem } from "@fovea/data";
import { inferenceContext, type ImageEncoder } from "@fovea/nn";
import { NORMALIZATION } from "./task.js";

/** The maps of many pictures, kept outside the backend's memory. */
export interface FeatureTable {
  readonly values: Float32Array;
  /** [items, height, width, channels] */
  readonly shape: readonly number[];
}

/**
 * A frozen stem's map of every picture, computed once.
 *
 * @param stage - whose map is kept
 * @param onProgress - called with the number of pictures done
 */
export async function encodeItems(
  stem: ImageEncoder,
  stage: string,
  items: readonly ImageItem[],
  onProgress: (done: number) => void,
  batch = 16,
): Promise<FeatureTable> {
  const parts: Float32Array[] = [];
  let cell: number[] = [];
  for (let from = 0; from < items.length; from += batch) {
    const pictures = await Promise.all(items.slice(from, from + batch).map((item) => item.load()));
    const maps = tf.tidy(() => {
      const images = toTensor(pictures, NORMALIZATION);
      return stem.maps(images, inferenceContext(), { take: [stage] })[0]!;
    });
    cell = maps.shape.slice(1);
    parts.push((await maps.data()) as Float32Array);
    maps.dispose();
    onProgress(from + pictures.length);
  }
  const length = cell.reduce((product, side) => product * side, 1);
  const values = new Float32Array(items.length * length);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, shape: [items.length, ...cell] };
}
