import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, it } from "vitest";
import { expectAsDefined, forAll, numbers, rowsAndShapes, wildFloats, type Call, type Numbers } from "./as-defined.js";

const calls = (
  dtype: Numbers["dtype"],
  attrs: fc.Arbitrary<Record<string, unknown>> = fc.constant({}),
  value?: fc.Arbitrary<number>,
): fc.Arbitrary<Call> =>
  fc
    .tuple(rowsAndShapes, attrs)
    .chain(([shape, attrs]) => numbers(shape, dtype, value).map((x) => ({ inputs: { x }, attrs })));

const floatKernels = [
  tf.Abs, tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Ceil, tf.Cos, tf.Cosh, tf.Elu, tf.Erf, tf.Exp, tf.Expm1,
  tf.Floor, tf.IsFinite, tf.IsInf, tf.IsNan, tf.Log, tf.Log1p, tf.Neg, tf.Reciprocal, tf.Relu, tf.Relu6, tf.Round, tf.Rsqrt,
  tf.Selu, tf.Sigmoid, tf.Sign, tf.Sin, tf.Sinh, tf.Softplus, tf.Sqrt, tf.Square, tf.Tan, tf.Tanh,
]; // prettier-ignore
const intKernels = [
  tf.Abs,
  tf.Exp,
  tf.IsFinite,
  tf.IsInf,
  tf.IsNan,
  tf.Neg,
  tf.Relu,
  tf.Relu6,
  tf.Sign,
  tf.Square,
  tf.Ceil,
  tf.Floor,
  tf.Round,
];
const alphas = fc.constantFrom(0, 0.25, -0.5, 2).map((alpha) => ({ alpha }));
const bounds = fc
  .tuple(fc.constantFrom(-Infinity, -2.5, 0, 1), fc.constantFrom(1, 1.75, 6, Infinity))
  .map(([clipValueMin, clipValueMax]) => ({ clipValueMin, clipValueMax }));

describe("unary kernels are cpu's", () => {
  it.each(floatKernels)("%s of floats", (kernel) => forAll(kernel, calls("float32", undefined, wildFloats)));
  it.each(intKernels)("%s of int32", (kernel) => forAll(kernel, calls("int32"), { numRuns: 20 }));
  it.each([tf.LogicalNot, tf.IsNan, tf.IsInf, tf.IsFinite, tf.Exp])("%s of bools", (kernel) =>
    forAll(kernel, calls("bool"), { numRuns: 20 }),
  );
  it.each([tf.Step, tf.LeakyRelu])("%s", async (kernel) => {
    await forAll(kernel, calls("float32", alphas, wildFloats));
    await forAll(kernel, calls("int32", alphas), { numRuns: 20 });
  });
  it("Step of the smallest normal numbers", () =>
    expectAsDefined(tf.Step, { inputs: { x: { shape: [3], dtype: "float32", values: [1.2e-38, -1.2e-38, 1e-30] } }, attrs: { alpha: 0 } })); // prettier-ignore
  it("ClipByValue", async () => {
    await forAll(tf.ClipByValue, calls("float32", bounds, wildFloats));
    await forAll(tf.ClipByValue, calls("int32", bounds), { numRuns: 20 });
  });
});
