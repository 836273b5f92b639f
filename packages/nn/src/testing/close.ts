import type * as tf from "@tensorflow/tfjs-core";

type Numbers = tf.Tensor | ArrayLike<number> | number;

const flat = (x: Numbers): ArrayLike<number> =>
  typeof x === "number" ? [x] : "dataSync" in x ? (x.dataSync() as ArrayLike<number>) : x;

const shapeOf = (x: Numbers): string => (typeof x === "object" && "shape" in x ? `[${x.shape.join(", ")}]` : "");

/**
 * Throws unless |actual − expected| ≤ tolerance · max(1, |expected|) for every element, and the shapes of two tensors
 * agree. NaN is close only to NaN.
 *
 * @param tolerance - default 1e-5
 */
export function assertClose(actual: Numbers, expected: Numbers, tolerance = 1e-5): void {
  const [got, want] = [flat(actual), flat(expected)];
  const [gotShape, wantShape] = [shapeOf(actual), shapeOf(expected)];
  if (got.length !== want.length || (gotShape !== "" && wantShape !== "" && gotShape !== wantShape))
    throw new Error(`assertClose: expected shape ${wantShape || want.length}, got ${gotShape || got.length}.`);
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    const close = Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
    if (!close) throw new Error(`assertClose: expected ${b} at flat index ${i} within ${tolerance}, got ${a}.`);
  }
}
