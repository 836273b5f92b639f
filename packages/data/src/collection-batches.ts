import * as tf from "@tensorflow/tfjs-core";
import { rng, type BatchSource, type Pixels } from "@fovea/nn";
import type { Collections, CollectionSampler } from "./collections.js";
import { sidesOf, type ImageItem, type ImageSet, type Size } from "./image.js";
import { normalizer, type Normalization } from "./to-tensor.js";
import { resize } from "./transforms/crops.js";
import { perView, type CollectionTransform } from "./transforms/transform.js";

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
export interface CollectionBatchesOptions {
  /** The images. */
  readonly set: Pick<ImageSet, "name" | "items">;
  /** Groups images into collections, by their index in `set.items`. */
  readonly sampler: CollectionSampler;
  /**
   * Applied to the real views of each collection: `perView(…)`, `consistent(…)` or a composition of both. Default:
   * none.
   */
  readonly transform?: CollectionTransform;
  /**
   * Images that do not have this size after `transform` are stretched to it. Default: none are, and all must have one
   * size.
   */
  readonly size?: Size;
  /** How bytes become the numbers of the network. Default "imagenet": ImageNet's mean and standard deviation. */
  readonly normalization?: Normalization;
  /** Seed of the random transforms. Default 0. */
  readonly seed?: number;
}

/**
 * Images for a multi-view model, read and transformed as they are needed. Random choices depend on `seed` and the
 * step only, so a resumed run sees what the uninterrupted one would have.
 *
 * @throws RangeError (from `batch`) if images of a batch differ in size, or the sampler points outside the set
 */
export function collectionBatches(options: CollectionBatchesOptions): BatchSource<CollectionBatch> {
  const { set, sampler, transform = (views) => views, size, normalization = "imagenet", seed = 0 } = options;
  const write = normalizer(normalization);
  const fitted = size === undefined ? (view: Pixels) => view : resizerTo(size);
  const random = rng(seed).split("collectionBatches");

  const loadViews = async (step: number, collections: Collections): Promise<View[]> => {
    const rows = collections.indices.map(async (row, b) => {
      const real = row
        .map((index, v) => ({ item: itemAt(set, index), at: b * row.length + v }))
        .filter((_, v) => collections.mask[b]![v]);
      const loaded = await Promise.all(real.map(({ item }) => item.load()));
      const views = transform(loaded, random.split("step", step, b));
      return real.map(({ item, at }, v) => ({ item, at, image: fitted(views[v]!) }));
    });
    return (await Promise.all(rows)).flat();
  };
  const batch = async (step: number) => {
    const collections = sampler.sample(step);
    const views = await loadViews(step, collections);
    const [height, width] = commonSize(views);
    const shape = [collections.indices.length, collections.indices[0]!.length, height, width, 3] as const;
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    for (const { image, at } of views) write(image, values, at * height * width * 3);
    return { images: tf.tensor5d(values, [...shape]), ...labelsAndMask(collections) };
  };
  return { stepsPerEpoch: sampler.stepsPerEpoch, batch };
}

/** An image, and its place in the batch counted through all views. */
interface View {
  readonly item: ImageItem;
  readonly at: number;
  readonly image: Pixels;
}

function resizerTo(size: Size): (view: Pixels) => Pixels {
  const stretch = perView(resize(sidesOf("collectionBatches", size)));
  return (view) => stretch([view], rng(0))[0]!;
}

function itemAt(set: Pick<ImageSet, "name" | "items">, index: number): ImageItem {
  const item = set.items[index];
  if (!item)
    throw new RangeError(
      `collectionBatches: the sampler asks for image ${index}, but ${set.name} has ${set.items.length}.`,
    );
  return item;
}

function commonSize(views: readonly View[]): readonly [height: number, width: number] {
  const { image, item } = views[0]!;
  const other = views.find((view) => view.image.width !== image.width || view.image.height !== image.height);
  if (other)
    throw new RangeError(
      `collectionBatches: ${other.item.id} is ${other.image.width} × ${other.image.height}, but ${item.id} is ` +
        `${image.width} × ${image.height}; set \`size\`, or crop or resize in \`transform\`.`,
    );
  return [image.height, image.width];
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
