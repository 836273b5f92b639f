import { rng, trainingContext, type BatchSource } from "@fovea/nn";
import type { LargeImageClassifier } from "@fovea/models";
import type { Plan, Seen } from "@fovea/sampling";
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
  readonly attended: readonly Seen<Plan>[];
  /** Where attention is not; empty if nobody asks. */
  readonly away: readonly Seen<Plan>[];
}

/** Looks at scenes, in another order each epoch. `fit` asks for a batch ahead, which waits here for the step before it. */
export function looksAt(
  model: LargeImageClassifier<Plan>,
  scenes: readonly OpenScene[],
  { batch, seed, contrast }: { readonly batch: number; readonly seed: number; readonly contrast: boolean },
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
  return {
    batches: {
      stepsPerEpoch,
      async batch(step) {
        await turns.due(step);
        const own = chosen(step);
        const ctx = (i: number) => trainingContext(rng(seed).split("look", step, i));
        const look = async (away: boolean) => {
          const seen: Seen<Plan>[] = [];
          for (const [i, { source }] of own.entries()) seen.push(await model.look(source, ctx(i), { contrast: away }));
          return seen;
        };
        looked.clear();
        looked.set(step, { attended: await look(false), away: contrast ? await look(true) : [] });
        return {
          labels: tf.tensor1d(
            own.map(({ scene }) => scene.label),
            "int32",
          ),
          step,
        };
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
