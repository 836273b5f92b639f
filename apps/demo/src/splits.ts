import {
  collectionBatches,
  encodeFeatures,
  gatherBatches,
  type CollectionBatchesOptions,
  type CollectionSampler,
  type ImageSet,
  type Normalization,
  type StoredFeatures,
} from "@fovea/data";
import { withProgress, type Done } from "@fovea/experiment";
import { inferenceContext, type BatchSource, type ImageEncoder } from "@fovea/nn";
import type * as tf from "@tensorflow/tfjs-core";

/** What the trunk expects: x / 127.5 − 1. */
export const NORMALIZATION: Normalization = "keras";

/** The images of a split, and the frozen trunk's map of each, if a variant asks for it. */
export interface SplitImages {
  readonly set: ImageSet;
  readonly features: StoredFeatures | null;
}

/** Collections of views, [batch, view, …], as a model takes them. */
export type ViewBatch = { views: tf.Tensor; labels: tf.Tensor1D; mask: tf.Tensor2D };

/** Batches of images or of the trunk's maps, whichever the model starts from. */
export function viewBatches(
  { set, features }: SplitImages,
  from: "image" | "map",
  sampler: CollectionSampler,
  options: Pick<CollectionBatchesOptions, "seed" | "transform"> = {},
): BatchSource<ViewBatch> {
  const source =
    from === "map"
      ? gatherBatches({ features: features!, sampler })
      : collectionBatches({ set, sampler, normalization: NORMALIZATION, ...options });
  const batch = async (step: number): Promise<ViewBatch> => {
    const { labels, mask, ...rest } = await source.batch(step);
    return { views: "images" in rest ? rest.images : rest.features, labels, mask };
  };
  return { stepsPerEpoch: source.stepsPerEpoch, batch };
}

/** How many images there are in several sets. */
const countOf = (sets: readonly ImageSet[]): number => sets.reduce((sum, { items }) => sum + items.length, 0);

/** Reads every image, which a cache then keeps. */
export const readImages = (sets: readonly ImageSet[], signal?: AbortSignal): Promise<void> =>
  withProgress(
    "images",
    countOf(sets),
    async (to) => {
      for (const item of sets.flatMap(({ items }) => items)) {
        await item.load();
        to();
      }
    },
    { signal },
  );

/**
 * A frozen trunk's map of every image of several sets, computed once.
 *
 * @param stage - whose map is kept
 */
export function mapsOf(
  trunk: ImageEncoder,
  stage: string,
  sets: readonly ImageSet[],
  signal?: AbortSignal,
): Promise<StoredFeatures[]> {
  const encode = (images: tf.Tensor4D) => trunk.maps(images, inferenceContext(), { take: [stage] })[0]!;
  const encodeAll = async (to: Done) => {
    const all: StoredFeatures[] = [];
    const options = { normalization: NORMALIZATION, onImage: () => to() };
    for (const { items } of sets) all.push(await encodeFeatures(items, encode, options));
    return all;
  };
  return withProgress("maps of the frozen trunk", countOf(sets), encodeAll, { signal });
}
