import { processedBatches, type ProcessedBatch } from "@fovea/data";
import { withProgress, type Evaluation, type Stage } from "@fovea/experiment";
import { addLosses, attentionContrast, crossEntropy } from "@fovea/losses";
import { rng, trainingContext } from "@fovea/nn";
import type { SampledPatches, SamplerInputs } from "@fovea/patch-sampling";
import * as tf from "@tensorflow/tfjs-core";
import { qualityOf, type Quality } from "./evaluate.js";
import type { Model } from "./networks.js";
import type { Images, LabeledImage } from "./scenes.js";
import type { Settings } from "./settings.js";

/** How a model learns from images. */
export type Training = Pick<Settings, "epochs" | "batch" | "learningRate" | "weightDecay" | "entropy" | "contrast" | "seed" | "onFailure">; // prettier-ignore

/** Longest gradient: a draw of what is improbable counts much. */
const CLIP = 5;

/** The patches that are sampled of an image, and those sampled away from attention, if these are asked for. */
interface Sampled {
  readonly attended: SampledPatches;
  readonly away: readonly SampledPatches[];
}

/** The patches of a batch as tensors: those that were sampled by attention, and those away from it. */
type Inputs = { attended: SamplerInputs; away: SamplerInputs | undefined };

/**
 * Learns where to look, and what is there, from the class alone: by cross-entropy of what attention sees, attention
 * kept open, and, if asked for, nothing to be seen where it is not.
 */
export function stageOf(model: Model, images: Images, training: Training): Stage<ProcessedBatch<Inputs>> {
  const { batch, seed, contrast, entropy, weightDecay, epochs, learningRate, onFailure } = training;
  const onSkip = ({ message }: Error) => console.error(`Left out of a batch: ${message}`);
  const sample = async (source: LabeledImage["source"], step: number, i: number): Promise<Sampled> => {
    const ctx = trainingContext(rng(seed).split("look", step, i));
    const attended = await model.sample(source, ctx);
    return { attended, away: contrast > 0 ? [await model.sample(source, ctx, { contrast: true })] : [] };
  };
  const tensorsOf = (patches: readonly SampledPatches[]) => model.collate(patches, { training: true });
  const collate = (sampled: readonly Sampled[]): Inputs =>
    tf.tidy(() => ({
      attended: tensorsOf(sampled.map(({ attended }) => attended)),
      away: contrast > 0 ? tensorsOf(sampled.flatMap(({ away }) => away)) : undefined,
    }));
  const batches = processedBatches(images.train, sample, { batch, collate, seed, onFailure, onSkip });
  return {
    ...{ batches, prefetch: 0, epochs, learningRate, weightDecay, clipNorm: CLIP },
    loss({ labels, inputs: { attended, away } }, ctx) {
      const { logits, negativeEntropy } = model.forward(attended, ctx);
      return addLosses({
        "cross-entropy": crossEntropy(logits, labels),
        entropy: tf.mul<tf.Scalar>(negativeEntropy, entropy),
        ...(away && {
          contrast: tf.mul<tf.Scalar>(attentionContrast(model.forward(away, ctx).logits, labels), contrast),
        }),
      });
    },
    validate: async () => numbersOf(await qualityOf(model, images.validation)),
  };
}

/** What is measured, by name; `found` only where it is known. */
const numbersOf = ({ accuracy, found }: Quality): Record<string, number> => ({ accuracy, ...(found !== null && { found }) }); // prettier-ignore

/** How well images are classified, with progress. @param at - what these images are */
export async function tested(
  model: Model,
  images: readonly LabeledImage[],
  at: Readonly<Record<string, number>>,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const quality = await withProgress("testing", images.length, (to) => qualityOf(model, images, to), { signal });
  const measurements = Object.entries(numbersOf(quality)).map(([metric, value]) => ({ metric, value, at }));
  return { measurements, confusion: quality.confusion };
}
