import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { Call } from "../as-defined.js";
import type { Numbers } from "../loops/numbers.js";
import { numbers, rowsAndShapes, wild } from "./draw.js";
import { each, type Properties, type Property } from "./property.js";

const calls = (
  dtype: Numbers["dtype"],
  attrs: fc.Arbitrary<Record<string, unknown>> = fc.constant({}),
): fc.Arbitrary<Call> =>
  fc
    .tuple(rowsAndShapes, attrs)
    .chain(([shape, attrs]) => numbers(shape, dtype, wild[dtype]).map((x) => ({ inputs: { x }, attrs })));

/** Of floats to floats; what they give of integers and bools is JavaScript's. */
const curves = [
  tf.Acos, tf.Acosh, tf.Asin, tf.Asinh, tf.Atan, tf.Atanh, tf.Cos, tf.Cosh, tf.Elu, tf.Erf, tf.Expm1, tf.Log, tf.Log1p,
  tf.Reciprocal, tf.Rsqrt, tf.Selu, tf.Sigmoid, tf.Sin, tf.Sinh, tf.Softplus, tf.Sqrt, tf.Tan, tf.Tanh,
]; // prettier-ignore
const numeric = [tf.Abs, tf.Ceil, tf.Floor, tf.Neg, tf.Relu, tf.Relu6, tf.Round, tf.Sign, tf.Square];
const ofAnyType = [tf.Exp, tf.IsFinite, tf.IsInf, tf.IsNan];

/** Of all types, those that are lowered natively. */
const ofTypes = (
  lowered: readonly Numbers["dtype"][],
  attrs?: fc.Arbitrary<Record<string, unknown>>,
): readonly Property[] =>
  (["float32", "int32", "bool"] as const).map((dtype) => ({
    of: dtype,
    calls: calls(dtype, attrs),
    lowered: lowered.includes(dtype),
    numRuns: dtype === "float32" ? 60 : 20,
  }));

const alphas = fc.constantFrom(0, 0.25, -0.5, 2).map((alpha) => ({ alpha }));
const bounds = fc
  .tuple(fc.constantFrom(-Infinity, -2.5, 0, 1), fc.constantFrom(1, 1.75, 6, Infinity))
  .map(([clipValueMin, clipValueMax]) => ({ clipValueMin, clipValueMax }));

/** The smallest that are not subnormal. */
const smallest: Numbers = { shape: [3], dtype: "float32", values: [1.2e-38, -1.2e-38, 1e-30] };

export const unary: Properties = {
  ...each(curves, () => ofTypes(["float32"])),
  ...each(numeric, () => ofTypes(["float32", "int32"])),
  ...each(ofAnyType, () => ofTypes(["float32", "int32", "bool"])),
  [tf.LogicalNot]: [{ calls: calls("bool"), numRuns: 20 }],
  [tf.LeakyRelu]: ofTypes(["float32", "int32"], alphas),
  [tf.ClipByValue]: ofTypes(["float32", "int32"], bounds),
  [tf.Step]: [
    ...ofTypes(["float32", "int32"], alphas),
    { of: "the smallest numbers", calls: fc.constant({ inputs: { x: smallest }, attrs: { alpha: 0 } }), numRuns: 1 },
  ],
};
