import {
  collectionBatches,
  gatherBatches,
  toTensor,
  type CollectionBatchesOptions,
  type CollectionSampler,
  type GatherBatchesOptions,
  type ImageItem,
  type ImageSet,
  type Normalization,
} from "@fovea/data";
import { withProgress, type Done } from "@fovea/experiment";
import { inferenceContext, type BatchSource, type ImageEncoder } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";

/** What the trunk expects: x / 127.5 − 1. */
export const NORMALIZATION: Normalization = "keras";

/** The maps of many images, [items, height, width, channels], kept outside the backend's memory. */
export type FeatureTable = Extract<GatherBatchesOptions["features"], { readonly values: Float32Array }>;

/** The images of a split, and the frozen trunk's map of each, if a variant asks for it. */
export interface SplitImages {
  readonly set: ImageSet;
  readonly features: FeatureTable | null;
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
export const countOf = (sets: readonly ImageSet[]): number => sets.reduce((sum, { items }) => sum + items.length, 0);

/**
 * A frozen trunk's map of every image of several sets, computed once.
 *
 * @param stage - whose map is kept
 */
export const mapsOf = (
  trunk: ImageEncoder,
  stage: string,
  sets: readonly ImageSet[],
  signal?: AbortSignal,
): Promise<FeatureTable[]> =>
  withProgress(
    "maps of the frozen trunk",
    countOf(sets),
    async (to) => {
      const tables: FeatureTable[] = [];
      for (const { items } of sets) tables.push(await tableOf(trunk, stage, items, to));
      return tables;
    },
    { signal },
  );

async function tableOf(
  trunk: ImageEncoder,
  stage: string,
  items: readonly ImageItem[],
  to: Done,
  batch = 16,
): Promise<FeatureTable> {
  let table: FeatureTable = { values: new Float32Array(0), shape: [0] };
  for (let from = 0; from < items.length; from += batch) {
    const images = await Promise.all(items.slice(from, from + batch).map((item) => item.load()));
    const maps = tf.tidy(() => trunk.maps(toTensor(images, NORMALIZATION), inferenceContext(), { take: [stage] })[0]!);
    const length = maps.size / images.length;
    if (from === 0)
      table = { values: new Float32Array(items.length * length), shape: [items.length, ...maps.shape.slice(1)] };
    table.values.set((await maps.data()) as Float32Array, from * length);
    maps.dispose();
    images.forEach(() => to());
  }
  return table;
}
