import { inferenceContext, type BatchSource } from "@fovea/nn";
import { confusionMatrix } from "@fovea/train";
import * as tf from "@tensorflow/tfjs-core";
import { FROZEN_STAGE } from "../tuned-trunk.js";
import type { PmaBatch } from "./batches.js";
import type { Network } from "./network.js";

/** How well a network does on images. */
export interface Quality {
  readonly top1: number;
  /** Rows are the true classes. */
  readonly confusion: readonly (readonly number[])[];
}

/** One pass over the images. */
export async function qualityOf(
  model: Network,
  batches: BatchSource<PmaBatch>,
  classes: number,
  onStep?: () => void,
): Promise<Quality> {
  const confusion = confusionMatrix({ classes });
  for (let step = 0; step < batches.stepsPerEpoch; step++) {
    const { features, labels, words } = await batches.batch(step);
    const said = tf.tidy(() => {
      const logits = model.forward(features as tf.Tensor4D, words, inferenceContext(), { from: FROZEN_STAGE });
      return tf.argMax(logits, 1).dataSync();
    });
    confusion.add(await labels.data(), said);
    tf.dispose([features, labels, words]);
    onStep?.();
  }
  const all = confusion.counts.flat().reduce((sum, count) => sum + count, 0);
  const right = confusion.counts.reduce((sum, row, label) => sum + row[label]!, 0);
  return { top1: right / all, confusion: confusion.counts };
}
