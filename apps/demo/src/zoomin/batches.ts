import { processImages, type ProcessImagesOptions } from "@fovea/data";
import type { LargeImageClassifier } from "@fovea/models";
import { rng, trainingContext, type BatchSource } from "@fovea/nn";
import type { SamplingPlan, SampledPatches } from "@fovea/patch-sampling";
import type { Callback } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import type { OpenScene } from "./lab.js";

/** What was seen of a few scenes, [batch]; it is no tensor, so `fit` is told the step only and `seen` has the rest. */
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

/** How scenes are looked at. */
export interface LooksOptions extends Pick<ProcessImagesOptions, "onFailure"> {
  readonly batch: number;
  readonly seed: number;
  /** Whether to look where attention is not, too. */
  readonly contrast: boolean;
  /** Is told of what was left out, with `onFailure: "skip"`. */
  readonly onSkip?: (reason: string) => void;
}

/**
 * Looks at scenes, in another order each epoch. `fit` asks for a batch ahead, which waits here for the step before it.
 */
export function looksAt(
  model: LargeImageClassifier<SamplingPlan>,
  scenes: readonly OpenScene[],
  { batch, seed, contrast, onFailure = "throw", onSkip = () => undefined }: LooksOptions,
): Looks {
  const stepsPerEpoch = Math.ceil(scenes.length / batch);
  const looked = new Map<number, Looked>();
  const turns = stepGate();
  const chosen = (step: number) => {
    const order = rng(seed)
      .split("order", Math.floor(step / stepsPerEpoch))
      .permutation(scenes.length);
    const first = (step % stepsPerEpoch) * batch;
    return Array.from(order.slice(first, first + batch), (i) => scenes[i]!);
  };
  const lookAt = async (source: OpenScene["source"], step: number, i: number) => {
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
        const labels = each.indices.map((i) => own[i]!.scene.label);
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
