import { requireCounts, rng, type BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { isMistake, processImages, type ProcessImagesOptions } from "./process-images.js";

/** What a task has made of a few images, as tensors, and their labels. The caller disposes it. */
export type ProcessedBatch<Inputs> = {
  /** [batch], int32. */
  labels: tf.Tensor1D;
  /** What `collate` has made. */
  inputs: Inputs;
};

/** How `processedBatches` groups images, and what it does with one that fails. */
export interface ProcessedBatchesOptions<Result, Inputs> extends Pick<ProcessImagesOptions, "onFailure"> {
  /**
   * Makes tensors of the results of a batch, in plain objects and arrays. The results are in the order of the labels.
   */
  readonly collate: (results: readonly Result[]) => Inputs;
  /** Images in a batch; the last one of an epoch may have fewer. */
  readonly batch: number;
  /** Seed of the order, which is another one each epoch. Default 0. */
  readonly seed?: number;
  /**
   * Called with each image that was left out of its batch, with `onFailure: "skip"`; once for a batch of which all
   * images fail, for which those of the next one stand in. Default: none.
   */
  readonly onSkip?: (error: Error) => void;
}

/**
 * Batches of what a task makes of each image, in a random order each epoch: the patches that a model reads of it, say.
 * Results need not be tensors, and `collate` makes tensors of them:
 *
 *     const sample = (slide, step, i) => model.sample(slide, trainingContext(rng(0).split(step, i)));
 *     const collate = (results) => model.collate(results, { training: true });
 *     const batches = processedBatches(slides, sample, { batch: 8, collate });
 *     const loss = ({ inputs, labels }, ctx) => crossEntropy(model.forward(inputs, ctx).logits, labels);
 *     fit({ batches, prefetch: 0, loss, … })
 *
 * `prefetch: 0` of `fit`: where a task looks with the model that is trained, a batch must not be made before the
 * weights are those that it is judged with.
 *
 * @param task - is also given the step, and the image's place in the batch
 * @throws RangeError for no images, or a batch below 1; from `batch` for an image that fails, with `skip` only if all
 * images fail
 */
export function processedBatches<Source, Result, Inputs>(
  images: readonly { readonly source: Source; readonly label: number }[],
  task: (source: Source, step: number, index: number) => Promise<Result>,
  { batch, collate, seed = 0, onFailure = "throw", onSkip }: ProcessedBatchesOptions<Result, Inputs>,
): BatchSource<ProcessedBatch<Inputs>> {
  requireCounts("processedBatches", { batch });
  const stepsPerEpoch = Math.ceil(images.length / batch);
  if (images.length === 0) throw new RangeError("processedBatches: expected at least one image, got none.");
  /**
   * The images of a step; with `ahead`, those of the step that is so many later in its epoch, from the end on again.
   */
  const imagesOf = (step: number, ahead: number) => {
    const order = rng(seed)
      .split("order", Math.floor(step / stepsPerEpoch))
      .permutation(images.length);
    const first = ((step + ahead) % stepsPerEpoch) * batch;
    return Array.from(order.slice(first, first + batch), (i) => images[i]!);
  };
  const processed = async (step: number, ahead: number): Promise<ProcessedBatch<Inputs>> => {
    const own = imagesOf(step, ahead);
    const sources = own.map(({ source }) => source);
    const work = (source: Source, i: number) => task(source, step, i);
    const { results, indices, failures } = await processImages(sources, work, { onFailure });
    for (const { error } of failures) onSkip?.(error);
    const known = indices.map((i) => own[i]!.label);
    const inputs = collate(results);
    return { labels: tf.tensor1d(known, "int32"), inputs };
  };
  return {
    stepsPerEpoch,
    async batch(step) {
      for (let ahead = 0; ; ahead++)
        try {
          return await processed(step, ahead);
        } catch (error) {
          if (onFailure === "throw" || isMistake(error) || ahead === stepsPerEpoch - 1) throw error;
          onSkip?.(error as Error); // all images of this batch have failed: those of the next one stand in
        }
    },
  };
}
