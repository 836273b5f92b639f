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

/** @throws TypeError if there is no loss, if it is still to come, or if the total or a term is not a scalar */
export function lossValues(loss: Loss): LossValues {
  requireLoss(loss);
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

/** What functions in JavaScript return by mistake, which types cannot keep out. */
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

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";

/** For errors. */
export const describe = (value: unknown): string =>
  value instanceof tf.Tensor
    ? `a tensor of shape [${value.shape.join(", ")}]`
    : isThenable(value)
      ? "a promise"
      : String(value);
