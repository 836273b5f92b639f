import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { floats, forAll, numbers, rowsAndShapes, type Call, type Numbers } from "./as-defined.js";

/** Not both infinities in a sum, which is NaN then. */
const wild = fc.oneof({ weight: 6, arbitrary: floats }, { weight: 1, arbitrary: fc.constantFrom(NaN, -Infinity, -0) });
const extremes = fc.oneof({ weight: 3, arbitrary: floats }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 3e38, -3e38) }); // prettier-ignore

const calls = (dtype: Numbers["dtype"], name = "axis", value?: fc.Arbitrary<number>): fc.Arbitrary<Call> =>
  rowsAndShapes.chain((shape) =>
    fc
      .tuple(numbers(shape, dtype, value), fc.subarray(shape.map((_, i) => i)), fc.boolean(), fc.boolean())
      .map(([x, axes, keepDims, negative]) => ({
        inputs: { x },
        attrs: { [name]: negative ? axes.map((axis) => axis - shape.length) : axes, keepDims },
      })),
  );

describe("reductions are cpu's", () => {
  it.each([tf.Sum, tf.Mean])("%s", async (kernel) => {
    await forAll(kernel, calls("float32", "axis", wild));
    await forAll(kernel, calls("int32"), { numRuns: 30 });
    await forAll(kernel, calls("bool"), { numRuns: 30 });
  });
  it("Prod", async () => {
    await forAll(tf.Prod, calls("float32", "axis", fc.constantFrom(1, -1, 0.5, 2, NaN)));
    await forAll(tf.Prod, calls("int32", "axis", fc.constantFrom(1, -1)), { numRuns: 30 });
    await forAll(tf.Prod, fc.constant({ inputs: { x: { shape: [2], dtype: "int32", values: [65537, 257] } }, attrs: { axis: 0 } }), { numRuns: 1 }); // prettier-ignore
  });
  it.each([
    [tf.Max, "reductionIndices"],
    [tf.Min, "axis"],
  ])("%s", async (kernel, name) => {
    await forAll(kernel, calls("float32", name, extremes), { numRuns: 100 });
    await forAll(kernel, calls("int32", name), { numRuns: 30 });
    const isEmpty = ({ inputs }: Call) => (inputs as { x: Numbers }).x.values.length === 0; // no bool is the least
    await forAll(
      kernel,
      calls("bool", name).filter((call) => !isEmpty(call)),
      { numRuns: 30 },
    );
  });
  it.each([tf.All, tf.Any])("%s", (kernel) => forAll(kernel, calls("bool")));
  it("Softmax", () =>
    forAll(
      tf.Softmax,
      rowsAndShapes
        .filter((shape) => shape.length > 0)
        .chain((shape) => numbers(shape, "float32", wild))
        .map((logits) => ({ inputs: { logits }, attrs: { dim: logits.shape.length - 1 } })),
    ));
});
