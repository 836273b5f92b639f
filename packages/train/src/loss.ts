import { inspect } from "@fovea/nn";
import * as tf from "@tensorflow/tfjs-core";
import { described, isThenable } from "./described.js";

/**
 * What a loss function returns: the scalar to minimize, alone or as `total`, with what is to be known beside it.
 * Typed as tensors, since that is what tfjs types most reductions as; that they are scalars is checked.
 */
export type Loss =
  | tf.Tensor
  | {
      readonly total: tf.Tensor;
      /** Scalars to show beside the total, by name. */
      readonly terms?: Readonly<Record<string, tf.Tensor>>;
      /**
       * What the total divides by, if it is a weighted mean: how many labels are known, or the sum of their class
       * weights; at least 0. With it the batches of an `accumulate` add up to the mean over all their rows. All
       * batches of a step have one, or none has. One that is not the same for every batch must be a tensor: in a
       * compiled step a number stays what it was. Default: the batch's samples.
       */
      readonly weight?: tf.Tensor | number;
    };

/** Every number a loss shows, float32. */
export interface LossValues {
  /** By name, total first: `loss`, `loss/term`, … */
  readonly losses: Readonly<Record<string, tf.Scalar>>;
  /** The weight that the loss returns, which it divides by; undefined without one. */
  readonly weight: tf.Scalar | undefined;
}

/**
 * New tensors of what a loss returns.
 *
 * @throws TypeError if there is no loss, if it is still to come, or if the total or a term is not a scalar, or the
 * weight not a finite one of at least 0
 */
export function lossValues(loss: Loss): LossValues {
  requireLoss(loss);
  const { total, terms = {}, weight } = loss instanceof tf.Tensor ? { total: loss } : loss;
  const named = [
    ["loss", total] as const,
    ...Object.entries(terms).map(([name, term]) => [`loss/${name}`, term] as const),
  ];
  for (const [name, value] of named)
    if (!(value instanceof tf.Tensor) || value.rank !== 0)
      throw new TypeError(`fit: \`loss\` must return scalars; ${name} is ${described(value)}.`);
  const losses = Object.fromEntries(named.map(([name, value]) => [name, tf.cast(value as tf.Scalar, "float32")]));
  return { losses, weight: weightOf(weight) };
}

function weightOf(weight: tf.Tensor | number | undefined): tf.Scalar | undefined {
  if (weight === undefined) return undefined;
  if (!(weight instanceof tf.Tensor && weight.rank === 0)) return tf.scalar(requireWeight(weight));
  inspect(weight, ([value]) => void requireWeight(value));
  return tf.cast(weight as tf.Scalar, "float32");
}

function requireWeight(weight: unknown): number {
  if (typeof weight === "number" && weight >= 0 && weight < Infinity) return weight;
  throw new TypeError(
    `fit: \`loss\` must return a \`weight\` that is a scalar of at least 0, got ${described(weight)}.`,
  );
}

/** The scalar to differentiate; `lossValues` has checked that it is one. */
export const totalOf = (loss: Loss): tf.Scalar => (loss instanceof tf.Tensor ? loss : loss.total) as tf.Scalar;

/** Refuses what a function in JavaScript may return by mistake, and what types cannot prevent. */
function requireLoss(loss: unknown): void {
  if (isThenable(loss)) {
    loss.then(undefined, () => {}); // its own failure would be one more, with nobody to hear it
    throw new TypeError(
      "fit: `loss` must return its tensors at once, since gradients follow what it computes until then; " +
        "it returned a promise. Make it a function without `async`; what is awaited belongs into the batch source.",
    );
  }
  if (loss === undefined || loss === null)
    throw new TypeError(`fit: \`loss\` must return the scalar to minimize, got ${loss}; is a \`return\` missing?`);
  if (typeof loss !== "object")
    throw new TypeError(
      `fit: \`loss\` must return a scalar tensor, of which gradients can be taken, got the ${typeof loss} ${String(loss)}.`,
    );
}
