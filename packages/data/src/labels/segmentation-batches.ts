import { requireCounts, rng, type BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { imageSamplerOf } from "../image-sampler.js";
import { normalizer, type Normalization } from "../to-tensor.js";
import type { JointTransform, SegmentationSample } from "./joint-transforms.js";
import { requireIds, requireSameSize, type SegmentationSet } from "./label-map.js";

/** A batch of images and label maps of one size. The caller disposes it. */
export type SegmentationBatch = {
  /** [batch, height, width, channels] */
  images: tf.Tensor4D;
  /** [batch, height, width], int32. */
  labels: tf.Tensor3D;
};

/** Which images are read, how they are divided into batches, and how they become numbers. */
export interface SegmentationBatchesOptions {
  /** The images and their label maps. */
  readonly set: Pick<SegmentationSet, "name" | "classes" | "ignore" | "items">;
  /** Number of images in a batch. */
  readonly batch: number;
  /** Applied to each image and its label map, with random choices of its own. Default: none, and all have one size. */
  readonly transform?: JointTransform;
  /**
   * Whether each epoch has its own random order, to train; otherwise every epoch is in the order of the set, to
   * evaluate. Default true.
   */
  readonly shuffle?: boolean;
  /**
   * Leave out an epoch's last, smaller batch, so that all have one shape. Default: as `shuffle`, but not if there is no
   * full batch.
   */
  readonly dropLast?: boolean;
  /** How bytes become the numbers of the network. Default "imagenet": ImageNet's mean and standard deviation. */
  readonly normalization?: Normalization;
  /** Seed of all random choices. Default 0. */
  readonly seed?: number;
}

/**
 * Images and label maps, read and transformed as they are needed:
 *
 *     to train     segmentationBatches({ set, batch: 8, transform: segmentationAugmentation({ crop: 473 }) })
 *     to evaluate  segmentationBatches({ set, batch: 1, shuffle: false })
 *
 * With a crop, all batches of a training run have one shape. Random choices depend on `seed` and the step only, so a
 * resumed run sees what the uninterrupted one would have.
 *
 * @throws RangeError for a set without images, or a batch below 1; from `batch` if images of a batch differ in size
 * @throws ImageFileError from `batch` if a label map cannot be read, has another size than its image, or an id that is
 *   neither a class nor ignored; `requireLabels` finds all of them before the first step
 */
export function segmentationBatches(options: SegmentationBatchesOptions): BatchSource<SegmentationBatch> {
  const { set, batch, transform = (sample) => sample, shuffle = true, normalization = "imagenet", seed = 0 } = options;
  requireCounts(WHO, { batch });
  if (set.items.length === 0) throw new RangeError(`${WHO}: ${set.name} has no images.`);
  const { dropLast = shuffle && set.items.length >= batch } = options;
  const sampler = imageSamplerOf(WHO, { labels: set.items.map(() => 0), batch, shuffle, seed, dropLast });
  const write = normalizer(normalization);
  const random = rng(seed).split(WHO);
  const load = async (index: number, step: number, row: number): Promise<SegmentationSample> => {
    const item = set.items[index]!;
    const sample = { ...(await item.load()), ignore: set.ignore };
    requireSameSize(item.id, sample);
    requireIds(item.id, sample.labels, set);
    return transform(sample, random.split("step", step, row));
  };
  const read = async (step: number): Promise<SegmentationBatch> => {
    const { indices } = sampler.sample(step);
    const samples = await Promise.all(indices.map((index, row) => load(index, step, row)));
    const [height, width] = commonSize(samples, (row) => set.items[indices[row]!]!.id);
    const images = new Float32Array(samples.length * height * width * 3);
    const labels = new Int32Array(samples.length * height * width);
    samples.forEach((sample, row) => {
      write(sample.image, images, row * height * width * 3);
      labels.set(sample.labels.data, row * height * width);
    });
    return {
      images: tf.tensor4d(images, [samples.length, height, width, 3]),
      labels: tf.tensor3d(labels, [samples.length, height, width], "int32"),
    };
  };
  return { stepsPerEpoch: sampler.stepsPerEpoch, batch: read };
}

const WHO = "segmentationBatches";

function commonSize(
  samples: readonly SegmentationSample[],
  nameOf: (row: number) => string,
): readonly [height: number, width: number] {
  const { width, height } = samples[0]!.image;
  const other = samples.findIndex(({ image }) => image.width !== width || image.height !== height);
  if (other > 0) {
    const { image } = samples[other]!;
    throw new RangeError(
      `${WHO}: ${nameOf(other)} is ${image.width} × ${image.height}, but ${nameOf(0)} is ${width} × ${height}; crop in ` +
        "`transform`, or set `batch: 1`.",
    );
  }
  return [height, width];
}
