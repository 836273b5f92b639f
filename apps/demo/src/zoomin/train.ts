import { addLosses, attentionContrast, crossEntropy, type MultiTermLoss } from "@fovea/losses";
import type { LargeImageClassifier } from "@fovea/models";
import type { Context } from "@fovea/nn";
import type { SamplingPlan } from "@fovea/patch-sampling";
import { adamW, evaluate, exceptVectors, fit, oneCycle, type Callback, type History } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { restoreBest } from "../best-weights.js";
import { looksAt, type LookBatch, type Looked } from "./batches.js";
import { qualityOf } from "./evaluate.js";
import type { Lab } from "./lab.js";

/** What training is told. */
export interface Training {
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly weightDecay: number;
  /** Weight of attention's negative entropy. */
  readonly entropy: number;
  /** Weight of `attentionContrast`; 0: nobody looks away. */
  readonly contrast: number;
  readonly seed: number;
  /** What becomes of a scene that cannot be read in the middle of the run: see `processImages`. */
  readonly onFailure: "throw" | "skip";
}

/** Where a run leaves its checkpoints, and how it goes on. */
export interface RunOptions {
  /** Of this run alone. */
  readonly folder: string;
  readonly resume: boolean;
  /** Stored with the weights. */
  readonly config: object;
  readonly signal?: AbortSignal;
  readonly callbacks?: readonly Callback[];
}

/**
 * Measured on the validation scenes after each epoch: which weights are kept, and whether the sign itself is looked at.
 */
export const [ACCURACY, FOUND] = ["validation accuracy", "validation needles looked at"] as const;

/** Longest gradient: a draw of what is improbable counts much. */
const CLIP = 5;

/** Trains a model, and leaves it with the weights of its best epoch on the validation scenes. */
export async function train(
  model: LargeImageClassifier<SamplingPlan>,
  lab: Lab,
  training: Training,
  { folder, resume, config, signal, callbacks = [] }: RunOptions,
): Promise<History> {
  const { batch, seed, contrast, weightDecay, epochs, lr, onFailure } = training;
  const onSkip = (reason: string) => console.error(`Left out of a batch: ${reason}`);
  const looks = looksAt(model, lab.train, { batch, seed, contrast: contrast > 0, onFailure, onSkip });
  const measure = async () => {
    const { accuracy, found } = await qualityOf(model, lab.validation);
    return { [ACCURACY]: accuracy, [FOUND]: found };
  };
  const history = await fit<LookBatch>({
    module: model,
    loss: ({ labels, step }, ctx) => lossOf(model, looks.seen(step), labels, training, ctx),
    batches: looks.batches,
    epochs,
    optimizer: adamW({ weightDecay, decay: exceptVectors }),
    schedule: oneCycle({ max: lr, warmup: 0.2 }),
    clipNorm: CLIP,
    seed,
    callbacks: [looks.gate, evaluate({ run: measure }), ...callbacks],
    checkpoint: { dir: folder, best: { monitor: ACCURACY, mode: "max" }, overwrite: !resume },
    resume,
    config,
    ...(signal && { signal }),
  });
  signal?.throwIfAborted();
  await restoreBest(model, folder);
  return history;
}

/** Cross-entropy of what attention sees, attention kept open, and, if asked for, nothing to be seen where it is not. */
function lossOf(
  model: LargeImageClassifier<SamplingPlan>,
  { attended, away }: Looked,
  labels: tf.Tensor1D,
  { entropy, contrast }: Training,
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
