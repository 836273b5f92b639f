import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { forAll, numbers, rowsAndShapes, wildFloats, type Call, type Numbers } from "./as-defined.js";

/** Few different numbers: there are ties. */
const few = fc.constantFrom(-1, 0, 0.5, 1);
const ranked = rowsAndShapes.filter((shape) => shape.length > 0 && !shape.includes(0));

const calls = (
  dtype: Numbers["dtype"],
  value: fc.Arbitrary<number> | undefined,
  attrsOf: (shape: readonly number[]) => fc.Arbitrary<Record<string, unknown>>,
): fc.Arbitrary<Call> =>
  ranked.chain((shape) =>
    fc.tuple(numbers(shape, dtype, value), attrsOf(shape)).map(([x, attrs]) => ({ inputs: { x }, attrs })),
  );
const axisOf = (shape: readonly number[]) =>
  fc.record({ axis: fc.integer({ min: 0, max: shape.length - 1 }), exclusive: fc.boolean(), reverse: fc.boolean() });
const kOf = (shape: readonly number[]) => fc.record({ k: fc.integer({ min: 1, max: shape.at(-1)! }), sorted: fc.constant(true) }); // prettier-ignore

describe("kernels along an axis are cpu's", () => {
  it.each([tf.ArgMax, tf.ArgMin])("%s", async (kernel) => {
    await forAll(kernel, calls("float32", few, axisOf), { numRuns: 100 });
    await forAll(kernel, calls("float32", wildFloats, axisOf), { numRuns: 100 });
    await forAll(kernel, calls("int32", undefined, axisOf), { numRuns: 20 });
    await forAll(kernel, calls("bool", undefined, axisOf), { numRuns: 20 });
  });
  it("TopK", async () => {
    await forAll(tf.TopK, calls("float32", few, kOf), { numRuns: 100 });
    await forAll(tf.TopK, calls("float32", wildFloats, kOf), { numRuns: 100 });
    await forAll(tf.TopK, calls("int32", undefined, kOf), { numRuns: 30 });
  });
  it("Cumprod", () => forAll(tf.Cumprod, calls("float32", fc.constantFrom(-1, 0.5, 2, 3), axisOf)));
  it("Cumsum", async () => {
    await forAll(tf.Cumsum, calls("float32", undefined, axisOf));
    await forAll(tf.Cumsum, calls("int32", undefined, axisOf), { numRuns: 30 });
    await forAll(tf.Cumsum, calls("bool", undefined, axisOf), { numRuns: 30 });
  });
});
