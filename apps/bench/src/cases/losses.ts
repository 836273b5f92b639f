import * as tf from "@tensorflow/tfjs-core";
import { crossEntropy, knowledgeDistillation, mutualDistillation, mvHfmdLoss } from "@fovea/losses";
import type { Case } from "./case.js";
import { features, labels } from "./inputs.js";

/** Every loss: logits to a number. Its training step is that number and its gradient for the logits. */
export const losses: readonly Case[] = [
  { ...loss("cross-entropy", ({ fused, labels }) => crossEntropy(fused, labels)), peer: true },
  loss("distillation", ({ fused, other }) => knowledgeDistillation(fused, other)),
  loss("mutual", ({ fused, other }) => mutualDistillation(fused, other)),
  { ...loss("mv-hfmd", ({ fused, single, labels }) => mvHfmdLoss({ fused, single }, labels).total), multiView: true },
];

interface Logits {
  /** [batch, classes] */
  readonly fused: tf.Tensor2D;
  /** [batch, classes], the logits of a teacher or of a second student */
  readonly other: tf.Tensor2D;
  /** [batch, view, classes] */
  readonly single: tf.Tensor3D;
  /** int32 [batch] */
  readonly labels: tf.Tensor1D;
}

function loss(name: string, compute: (logits: Logits) => tf.Scalar): Case {
  return {
    name: `loss/${name}`,
    batch: 64,
    image: null,
    multiView: false,
    make({ batch, views, seed, tiny }) {
      const classes = tiny ? 7 : 200;
      const inputs = {
        fused: features([batch, classes], seed, "fused") as tf.Variable<tf.Rank.R2>,
        other: features([batch, classes], seed, "other") as tf.Variable<tf.Rank.R2>,
        single: features([batch, views, classes], seed, "single") as tf.Variable<tf.Rank.R3>,
      };
      const targets = labels(batch, classes, seed);
      const value = () => tf.tidy(() => compute({ ...inputs, labels: targets }));
      return {
        params: {},
        inputs,
        data: { labels: targets },
        forward: value,
        loss: value,
        dispose: () => tf.dispose([inputs, targets]),
      };
    },
  };
}
