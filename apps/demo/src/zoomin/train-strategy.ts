import { join } from "node:path";
import { addLosses, attentionContrast, crossEntropy, type MultiTermLoss } from "@fovea/losses";
import type { LargeImageClassifier } from "@fovea/models";
import type { Context } from "@fovea/nn";
import type { Plan } from "@fovea/sampling";
import { adamW, evaluate, exceptVectors, fit, oneCycle, type Callback, type History } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { restoreBest } from "../best-weights.js";
import { looksAt, type LookBatch, type Looked } from "./batches.js";
import { qualityOf } from "./evaluate.js";
import type { Lab } from "./lab.js";
import type { Settings } from "./settings.js";
import type { Strategy } from "./strategies.js";

/** Where a run leaves its checkpoints, and how it goes on. */
export interface RunOptions {
  readonly dir: string;
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}

/** Measured on the validation scenes after each epoch: which weights are kept, and whether the sign itself is looked at. */
export const [ACCURACY, FOUND] = ["validation accuracy", "validation needles looked at"] as const;

/** Longest gradient: a draw of what is improbable counts much. */
const CLIP = 5;

/** Trains one strategy, and leaves the model with the weights of its best epoch on the validation scenes. */
export async function trainStrategy(
  strategy: Strategy,
  model: LargeImageClassifier<Plan>,
  lab: Lab,
  settings: Settings,
  { dir, resume, signal, callbacks = [] }: RunOptions,
): Promise<History> {
  const { batch, seed, contrast, weightDecay, epochs, lr } = settings;
  const looks = looksAt(model, lab.train, { batch, seed, contrast: contrast > 0 });
  const measure = async () => {
    const { accuracy, found } = await qualityOf(model, lab.validation);
    return { [ACCURACY]: accuracy, [FOUND]: found };
  };
  const folder = join(dir, strategy.id);
  const history = await fit<LookBatch>({
    module: model,
    loss: ({ labels, step }, ctx) => lossOf(model, looks.seen(step), labels, settings, ctx),
    batches: looks.batches,
    epochs,
    optimizer: adamW({ weightDecay, decay: exceptVectors }),
    schedule: oneCycle({ max: lr, warmup: 0.2 }),
    clipNorm: CLIP,
    seed,
    callbacks: [looks.gate, evaluate({ run: measure }), ...callbacks],
    checkpoint: { dir: folder, best: { monitor: ACCURACY, mode: "max" }, overwrite: !resume },
    resume,
    config: { strategy: strategy.id, settings, classes: lab.set.classes },
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  await restoreBest(model, folder);
  return history;
}

/** Cross-entropy of what attention sees, attention kept open, and, if asked for, nothing to be seen where it is not. */
function lossOf(
  model: LargeImageClassifier<Plan>,
  { attended, away }: Looked,
  labels: tf.Tensor1D,
  { entropy, contrast }: Settings,
  ctx: Context,
): MultiTermLoss {
  const { logits, negativeEntropy } = model.forward(attended, ctx);
  return addLosses({
    "cross-entropy": crossEntropy(logits, labels),
    entropy: tf.mul<tf.Scalar>(negativeEntropy, entropy),
    ...(away.length > 0 && {
      contrast: tf.mul<tf.Scalar>(attentionContrast(model.forward(away, ctx).logits, labels), contrast),
    }),
  });
}
