import { rng, type BatchSource } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { processImages, type ProcessImagesOptions } from "./process-images.js";

/** The labels of a few images, [batch], int32, and the step that `results` is asked by. */
export type ProcessedBatch = { labels: tf.Tensor1D; step: number };

/** Batches of images that a task has processed. */
export interface ProcessedBatches<Result> {
  readonly batches: BatchSource<ProcessedBatch>;
  /** What the task has made of the images of the last batch, in the order of its labels. */
  results(step: number): readonly Result[];
}

/** How `processedBatches` groups images, and what it does with one that fails. */
export interface ProcessedBatchesOptions extends Pick<ProcessImagesOptions, "onFailure"> {
  /** Images in a batch; the last one of an epoch may have fewer. */
  readonly batch: number;
  /** Seed of the order, which is another one each epoch. Default 0. */
  readonly seed?: number;
  /** Called with each image that was left out of its batch, with `onFailure: "skip"`. */
  readonly onSkip?: (error: Error) => void;
}

/**
 * Batches of what a task makes of each image, in a random order each epoch: the patches that a model reads of it, say.
 * Results need not be tensors; the loss finds them by the step:
 *
 *     const sample = (slide, step, i) => model.sample(slide, trainingContext(rng(0).split(step, i)));
 *     const { batches, results } = processedBatches(slides, sample, { batch: 8 });
 *     const loss = ({ labels, step }, ctx) => crossEntropy(model.forward(results(step), ctx).logits, labels);
 *     fit({ batches, prefetch: false, loss, … })
 *
 * `prefetch: false` of `fit`: where a task looks with the model that is trained, a batch must not be made before the
 * weights are those that it is judged with. Results are kept until the next batch is asked for.
 *
 * @param task - is also given the step, and the image's place in the batch
 */
export function processedBatches<Source, Result>(
  images: readonly { readonly source: Source; readonly label: number }[],
  task: (source: Source, step: number, index: number) => Promise<Result>,
  { batch, seed = 0, onFailure = "throw", onSkip }: ProcessedBatchesOptions,
): ProcessedBatches<Result> {
  const stepsPerEpoch = Math.ceil(images.length / batch);
  let last: { readonly step: number; readonly results: readonly Result[] } | undefined;
  const imagesOf = (step: number) => {
    const order = rng(seed)
      .split("order", Math.floor(step / stepsPerEpoch))
      .permutation(images.length);
    const first = (step % stepsPerEpoch) * batch;
    return Array.from(order.slice(first, first + batch), (i) => images[i]!);
  };
  return {
    batches: {
      stepsPerEpoch,
      async batch(step) {
        const own = imagesOf(step);
        const sources = own.map(({ source }) => source);
        const { results, indices, failures } = await processImages(sources, (source, i) => task(source, step, i), {
          onFailure,
        });
        for (const { error } of failures) onSkip?.(error);
        last = { step, results };
        const labels = indices.map((i) => own[i]!.label);
        return { labels: tf.tensor1d(labels, "int32"), step };
      },
    },
    results(step) {
      if (last?.step !== step)
        throw new RangeError(`processedBatches: expected the step of the last batch, ${last?.step}, got ${step}.`);
      return last.results;
    },
  };
}
