import { rng, type Pixels, type Rng } from "@fovea/nn";
import type { Collections } from "./collections.js";
import { sidesOf, type ImageItem, type ImageSet, type Size } from "./image.js";
import { normalizer, type Normalization } from "./to-tensor.js";
import { resize } from "./transforms/crops.js";
import { perView } from "./transforms/transform.js";

/** Which images are read, and how they become numbers. */
export interface ReadImagesOptions {
  /** The images. */
  readonly set: Pick<ImageSet, "name" | "items">;
  /**
   * Images that do not have this size after `transform` are stretched to it. Default: none are, and all must have one
   * size.
   */
  readonly size?: Size;
  /** How bytes become the numbers of the network. Default "imagenet": ImageNet's mean and standard deviation. */
  readonly normalization?: Normalization;
  /** Seed of all random choices. Default 0. */
  readonly seed?: number;
}

/** Where a sample stands: its row in the batch of a step, and the position in the set of its (first) image. */
export interface PlaceInBatch {
  readonly step: number;
  readonly row: number;
  readonly index: number;
}

/** A transform of collections that is told which one it has. */
export type PlacedTransform = (
  views: readonly Pixels[],
  rng: Rng,
  place: PlaceInBatch,
) => readonly Pixels[] | Promise<readonly Pixels[]>;

/** The numbers of a batch, [batch, view, height, width, channels]. */
export interface LoadedViews {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
}

/**
 * Reads the real views of collections, transforms each collection, and writes the numbers where they belong. Masked
 * views are zeros.
 *
 * @param who - who says it if images differ in size, or one is asked for that the set does not have
 */
export function viewLoader(
  who: string,
  { set, transform, size, normalization = "imagenet", seed = 0 }: ReadImagesOptions & { transform: PlacedTransform },
): (step: number, collections: Pick<Collections, "indices" | "mask">) => Promise<LoadedViews> {
  const write = normalizer(normalization);
  const fitted = size === undefined ? (view: Pixels) => view : resizerTo(who, size);
  const random = rng(seed).split(who);
  const rowOf = async (indices: readonly number[], mask: readonly number[], step: number, row: number) => {
    const first = row * indices.length;
    const real = indices
      .map((index, v) => ({ item: itemAt(who, set, index), at: first + v }))
      .filter((_, v) => mask[v]);
    const images = await Promise.all(real.map(({ item }) => item.load()));
    const views = await transform(images, random.split("step", step, row), { step, row, index: indices[0]! });
    return real.map(({ item, at }, v): View => ({ item, at, image: fitted(views[v]!) }));
  };
  return async (step, { indices, mask }) => {
    const columns = indices[0]!.length;
    const rows = indices.map((row, b) => rowOf(row, mask[b]!, step, b));
    const views = (await Promise.all(rows)).flat();
    const [height, width] = commonSize(who, views);
    const length = height * width * 3;
    const values = new Float32Array(indices.length * columns * length);
    for (const { image, at } of views) write(image, values, at * length);
    return { values, height, width };
  };
}

/** An image, and its place in the batch counted through all views. */
interface View {
  readonly item: ImageItem;
  readonly at: number;
  readonly image: Pixels;
}

function resizerTo(who: string, size: Size): (view: Pixels) => Pixels {
  const stretch = perView(resize(sidesOf(who, size)));
  return (view) => stretch([view], rng(0))[0]!;
}

/** @throws RangeError if the set has no item at `index` */
export function itemAt<Item extends ImageItem>(
  who: string,
  set: Pick<ImageSet<Item>, "name" | "items">,
  index: number,
): Item {
  const item = set.items[index];
  if (!item)
    throw new RangeError(`${who}: the sampler asks for image ${index}, but ${set.name} has ${set.items.length}.`);
  return item;
}

function commonSize(who: string, views: readonly View[]): readonly [height: number, width: number] {
  const { image, item } = views[0]!;
  const other = views.find((view) => view.image.width !== image.width || view.image.height !== image.height);
  if (other)
    throw new RangeError(
      `${who}: ${other.item.id} is ${other.image.width} × ${other.image.height}, but ${item.id} is ` +
        `${image.width} × ${image.height}; set \`size\`, or crop or resize in \`transform\`.`,
    );
  return [image.height, image.width];
}
