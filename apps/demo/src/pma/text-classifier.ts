import type { PhraseEncoder } from "@fovea/bimodal";
import { countReal, fillMasked, joinModules, linear, scope } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import type { Network } from "./network.js";

/** Classifies the text alone: a linear layer on the mean of the phrases, which is 0 where there are none. */
export function textClassifier(phrases: PhraseEncoder, classes: number, seed: number): Network {
  const head = linear({ in: phrases.dim, out: classes, seed });
  return {
    ...joinModules({ phrases, head }),
    forward: (_, words, ctx) =>
      tf.tidy(() => {
        const { vectors, mask } = phrases.forward(words, scope(ctx, "phrases"));
        const mean = tf.div(tf.sum(fillMasked(vectors, mask), 1), countReal(mask, vectors.rank));
        return head.forward(mean, scope(ctx, "head")) as tf.Tensor2D;
      }),
  };
}
