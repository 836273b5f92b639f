import * as tf from "@tensorflow/tfjs-core";

/**
 * What a loss function returns: the scalar to minimize, with the named terms to show beside it, if any. Typed as tensors,
 * since that is what tfjs types most reductions as; that they are scalars is checked.
 */
export type Loss = tf.Tensor | { readonly total: tf.Tensor; readonly terms?: Readonly<Record<string, tf.Tensor>> };

/** Every number a loss shows, total first, in one tensor, so that one download fetches all. Names: `loss`, `loss/term`, … */
export interface LossValues {
  readonly names: readonly string[];
  /** [names] */
  readonly values: tf.Tensor1D;
}

/** @throws TypeError if the total or a term is not a scalar */
export function lossValues(loss: Loss): LossValues {
  const { total, terms = {} } = loss instanceof tf.Tensor ? { total: loss } : loss;
  const named = [
    ["loss", total] as const,
    ...Object.entries(terms).map(([name, term]) => [`loss/${name}`, term] as const),
  ];
  for (const [name, value] of named)
    if (!(value instanceof tf.Tensor) || value.rank !== 0)
      throw new TypeError(`fit: \`loss\` must return scalars; ${name} is ${describe(value)}.`);
  const values = tf.stack(named.map(([, value]) => tf.cast(value, "float32")));
  return { names: named.map(([name]) => name), values: values as tf.Tensor1D };
}

/** What to differentiate; a scalar, once `lossValues` has seen it. */
export const totalOf = (loss: Loss): tf.Scalar => (loss instanceof tf.Tensor ? loss : loss.total) as tf.Scalar;

const describe = (value: unknown): string =>
  value instanceof tf.Tensor
    ? `a tensor of shape [${value.shape.join(", ")}]`
    : value instanceof Promise
      ? "a promise"
      : String(value);
