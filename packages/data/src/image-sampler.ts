import { requireCounts, rng } from "@fovea/nn";
import { membersByClass } from "./collections.js";

/** A batch of single images, by their positions in the set. */
export interface SampledImages {
  /** [batch]: positions in the set. */
  readonly indices: readonly number[];
  /** [batch]: class of each. */
  readonly labels: Int32Array;
}

/** Which images form a batch at which step. A pure function of the step: nothing is remembered from call to call. */
export interface ImageSampler {
  /** Steps in one pass over the data. */
  readonly stepsPerEpoch: number;
  /** @param step - counted from 0 over the entire run  @throws RangeError unless a whole number of at least 0 */
  sample(step: number): SampledImages;
}

/** How `imageSampler` divides images into batches. */
export interface ImageSamplerOptions {
  /** Class of every image, in the order of the set. */
  readonly labels: ArrayLike<number>;
  /** Number of images in a batch. */
  readonly batch: number;
  /**
   * Whether each epoch has its own random order, to train; otherwise every epoch is in the order of the set, to
   * evaluate. Default true.
   */
  readonly shuffle?: boolean;
  /** Seed of the random orders. Default 0. */
  readonly seed?: number;
  /** Leave out an epoch's last, smaller batch. Default false. */
  readonly dropLast?: boolean;
}

/**
 * Every image once an epoch, in batches.
 *
 * @throws RangeError for no labels, a negative label, or a batch below 1
 */
export const imageSampler = (options: ImageSamplerOptions): ImageSampler => imageSamplerOf("imageSampler", options);

/** @param who - who says it if an option is wrong */
export function imageSamplerOf(who: string, options: ImageSamplerOptions): ImageSampler {
  const { labels, batch, shuffle = true, seed = 0, dropLast = false } = options;
  membersByClass(who, labels);
  requireCounts(who, { batch });
  const stepsPerEpoch = stepsOf(who, labels.length, batch, dropLast);
  const random = rng(seed).split("imageSampler");
  const inOrder = Uint32Array.from({ length: labels.length }, (_, i) => i);
  const orderOf = remember((epoch) => (shuffle ? random.split("epoch", epoch).permutation(labels.length) : inOrder));
  const sample = (step: number) => {
    requireCounts(who, { step }, 0);
    const from = (step % stepsPerEpoch) * batch;
    const indices = [...orderOf(Math.floor(step / stepsPerEpoch)).subarray(from, from + batch)];
    return { indices, labels: Int32Array.from(indices, (index) => labels[index]!) };
  };
  return { stepsPerEpoch, sample };
}

/** Steps of an epoch. @throws RangeError if `dropLast` leaves none */
export function stepsOf(who: string, images: number, batch: number, dropLast: boolean): number {
  const steps = dropLast ? Math.floor(images / batch) : Math.ceil(images / batch);
  if (steps === 0)
    throw new RangeError(`${who}: \`dropLast\` leaves nothing of ${images} images in batches of ${batch}.`);
  return steps;
}

/** The last value of a pure function, so that the steps of an epoch share one permutation. */
export function remember<T>(compute: (key: number) => T): (key: number) => T {
  let last: { key: number; value: T } | undefined;
  return (key) => (last?.key === key ? last : (last = { key, value: compute(key) })).value;
}
