import * as tf from "@tensorflow/tfjs-core";
import type { Draw } from "./draw.js";
import type { Attended } from "./glance.js";

/** A patch: the cells that it was drawn by, one a stage, and the product of their factors. */
export interface Drawn {
  /** Into `attention` of each stage. */
  readonly cells: readonly number[];
  readonly factor: number;
}

/** The cells that glance `b` has drawn. */
export const drawnOf = ({ starts }: Attended, b: number, { indices, factors }: Draw): Drawn[] =>
  Array.from(indices, (cell, k) => ({ cells: [starts[b]! + cell], factor: factors[k]! }));

/**
 * What each patch counts: its factor times the attention of its cells, [patches]. All of them at once, whosever they
 * are.
 */
export const weightsOf = (stages: readonly Attended[], drawn: readonly Drawn[]): tf.Tensor1D =>
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
