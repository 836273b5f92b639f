import * as tf from "@tensorflow/tfjs-core";
import type { BatchAttention } from "./batch-attention.js";
import type { Draw } from "./draw.js";

/** A patch that was drawn: its cell in each stage, and the product of the factors of these cells. */
export interface DrawnPatch {
  /** Indices into `attention` of each stage. */
  readonly cells: readonly number[];
  readonly factor: number;
}

/** The patches of map `b`, in the order of its `draw`. */
export const drawnPatches = ({ starts }: BatchAttention, b: number, { indices, factors }: Draw): DrawnPatch[] =>
  Array.from(indices, (cell, k) => ({ cells: [starts[b]! + cell], factor: factors[k]! }));

/** The weight of each patch: its factor times the attention of its cells, [patches]. All patches at once. */
export const patchWeights = (stages: readonly BatchAttention[], drawn: readonly DrawnPatch[]): tf.Tensor1D =>
  tf.tidy(() =>
    stages.reduce<tf.Tensor1D>(
      (weights, { attention }, stage) => {
        const cells = tf.tensor1d(
          drawn.map(({ cells }) => cells[stage]!),
          "int32",
        );
        return tf.mul(weights, tf.gather(attention, cells));
      },
      tf.tensor1d(drawn.map(({ factor }) => factor)),
    ),
  );
