import { processImages, type ProcessImagesOptions } from "@fovea/data";
import { rng, trainingContext, type BatchSource } from "@fovea/nn";
import type { SamplingPlan, SampledPatches } from "@fovea/patch-sampling";
import type { Callback } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import type { Model } from "./networks.js";
import type { LabeledImage } from "./scenes.js";

/** Labels of a few images, [batch]. What was seen of them is no tensor: `fit` is told the step, and `seen` has it. */
export type LookBatch = { labels: tf.Tensor1D; step: number };

export interface Looks {
  readonly batches: BatchSource<LookBatch>;
  /** Lets the next look begin when the weights are those that it will be judged with. */
  readonly gate: Callback;
  seen(step: number): Looked;
}

export interface Looked {
  readonly attended: readonly SampledPatches<SamplingPlan>[];
  /** Where attention is not; empty if nobody asks. */
  readonly away: readonly SampledPatches<SamplingPlan>[];
}

/** How images are looked at. */
export interface LooksOptions extends Pick<ProcessImagesOptions, "onFailure"> {
  readonly batch: number;
  readonly seed: number;
  /** Whether to look where attention is not, too. */
  readonly contrast: boolean;
  /** Is told of what was left out, with `onFailure: "skip"`. */
  readonly onSkip?: (reason: string) => void;
}

/**
 * Looks at images, in another order each epoch. `fit` asks for a batch ahead, which waits here for the step before it.
 */
export function looksAt(
  model: Model,
  images: readonly LabeledImage[],
  { batch, seed, contrast, onFailure = "throw", onSkip = () => undefined }: LooksOptions,
): Looks {
  const stepsPerEpoch = Math.ceil(images.length / batch);
  const looked = new Map<number, Looked>();
  const turns = stepGate();
  const chosen = (step: number) => {
    const order = rng(seed)
      .split("order", Math.floor(step / stepsPerEpoch))
      .permutation(images.length);
    const first = (step % stepsPerEpoch) * batch;
    return Array.from(order.slice(first, first + batch), (i) => images[i]!);
  };
  const lookAt = async (source: LabeledImage["source"], step: number, i: number) => {
    const ctx = trainingContext(rng(seed).split("look", step, i));
    const attended = await model.sample(source, ctx);
    return { attended, away: contrast ? [await model.sample(source, ctx, { contrast: true })] : [] };
  };
  return {
    batches: {
      stepsPerEpoch,
      async batch(step) {
        await turns.due(step);
        const own = chosen(step);
        const sources = own.map(({ source }) => source);
        const each = await processImages(sources, (source, i) => lookAt(source, step, i), { onFailure });
        for (const { error } of each.failures) onSkip(error.message);
        looked.clear();
        looked.set(step, {
          attended: each.results.map(({ attended }) => attended),
          away: each.results.flatMap(({ away }) => away),
        });
        const labels = each.indices.map((i) => own[i]!.label);
        return { labels: tf.tensor1d(labels, "int32"), step };
      },
    },
    gate: turns.callback,
    seen: (step) => looked.get(step)!,
  };
}

/** Promises that resolve once all steps before theirs are done. */
function stepGate(): { due(step: number): Promise<void>; readonly callback: Callback } {
  let next = -1;
  const waiting = new Map<number, () => void>();
  const reach = (step: number) => {
    next = step;
    waiting.get(step)?.();
    waiting.delete(step);
  };
  return {
    due: (step) => (step <= next ? Promise.resolve() : new Promise((go) => waiting.set(step, go))),
    callback: { onStart: ({ startStep }) => reach(startStep), onStep: ({ step }) => reach(step + 1) },
  };
}
