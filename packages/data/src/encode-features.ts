import { requireCounts } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { EncodeRest, FeatureCache, StoredFeatures } from "./feature-cache.js";
import { describeInputs } from "./fingerprint.js";
import type { ImageItem } from "./image.js";
import { toTensor, type Normalization } from "./to-tensor.js";

/** How `encodeFeatures` reads images, and where it keeps features. */
export interface EncodeFeaturesOptions {
  /** How bytes become the network's numbers. Default "imagenet": ImageNet's mean and standard deviation. */
  readonly normalization?: Normalization;
  /** Images that are encoded at a time. Default 16. */
  readonly batch?: number;
  /** Keeps the features for later runs: `featureFile(path, { key })`. Default: none, they are computed each time. */
  readonly cache?: FeatureCache;
  /** Called once for each image, when its features are there. What it throws ends the work. Default: nothing. */
  readonly onImage?: () => void;
  /** Once aborted, no further batch is begun, and the signal's reason is thrown. Default: nothing ends the work. */
  readonly signal?: AbortSignal;
}

/**
 * What a frozen network computes of every image, in the order of the items, computed once: the features that
 * `gatherBatches` takes.
 *
 *     const cache = featureFile("features.safetensors", { key: "resnet18.a1_in1k" });
 *     const features = await encodeFeatures(set.items, (x) => network.forward(x, ctx), { cache });
 *     const batches = gatherBatches({ features, sampler: imageSampler({ labels: labelsOf(set), batch: 32 }) });
 *
 * @param encode - the network, [batch, height, width, 3] to [batch, ...rest]; its images are disposed after it
 * @returns the features, [items, ...rest]
 * @throws RangeError for images of a batch that differ in size, or features that differ in shape; whatever reading or
 * `encode` throws
 */
export async function encodeFeatures(
  items: readonly Pick<ImageItem, "id" | "load" | "fingerprint">[],
  encode: (images: tf.Tensor4D) => tf.Tensor,
  options: EncodeFeaturesOptions = {},
): Promise<StoredFeatures> {
  const { normalization = "imagenet", batch = 16, cache, onImage, signal } = options;
  requireCounts("encodeFeatures", { batch });
  if (items.length === 0) return { values: new Float32Array(0), shape: [0] };
  const encodeRest: EncodeRest = async (known, keep) => {
    const all = collector(items.length, known);
    for (let i = 0; i < all.count(); i++) onImage?.();
    while (all.count() < items.length) {
      signal?.throwIfAborted();
      const next = items.slice(all.count(), all.count() + batch);
      const images = await Promise.all(next.map((item) => item.load()));
      const features = await read(tf.tidy(() => encode(toTensor(images, normalization))));
      all.add(features, images.length);
      await keep(features);
      images.forEach(() => onImage?.());
    }
    return all.features();
  };
  if (!cache) return encodeRest(undefined, () => Promise.resolve());
  return cache.through(await describeInputs(items, normalization, signal), encodeRest, signal);
}

async function read(features: tf.Tensor): Promise<StoredFeatures> {
  try {
    return { values: new Float32Array(await features.data()), shape: features.shape };
  } finally {
    features.dispose();
  }
}

/** The features of the first items, and room for the others. */
function collector(items: number, known: StoredFeatures | undefined) {
  let [count, rest] = [known?.shape[0] ?? 0, known?.shape.slice(1)];
  let values = known && roomFor(items, known);
  return {
    count: () => count,
    add(features: StoredFeatures, images: number) {
      const shape = features.shape.slice(1);
      if (features.shape[0] !== images || (rest && String(shape) !== String(rest)))
        throw new RangeError(
          `encodeFeatures: expected \`encode\` to give [${[images, ...(rest ?? ["…"])].join(", ")}] for ` +
            `${images} images${rest ? ", as for those before" : ""}, got [${features.shape.join(", ")}].`,
        );
      rest = shape;
      values ??= roomFor(items, { values: new Float32Array(0), shape: [0, ...shape] });
      values.set(features.values, (count * features.values.length) / images);
      count += images;
    },
    features: (): StoredFeatures => ({ values: values!, shape: [items, ...rest!] }),
  };
}

function roomFor(items: number, { values, shape: [count, ...rest] }: StoredFeatures): Float32Array {
  if (count === items) return values;
  const all = new Float32Array(rest.reduce((product, side) => product * side, items));
  all.set(values);
  return all;
}
