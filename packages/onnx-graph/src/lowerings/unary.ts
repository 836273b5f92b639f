import * as tf from "@tensorflow/tfjs-core";
import type { Type, Value } from "../graph/types.js";
import { elu, expm1, log1p, selu, sigmoid, softplus } from "./curves.js";
import { elementwise, type Elements } from "./elementwise.js";
import type { Lowering } from "./lowering.js";

type Of = (e: Elements, x: Value) => Value;

const op =
  (name: string): Of =>
  (e, x) =>
    e(name, [x]);

/** In doubles, where floats would lose what is left of a difference. */
const inDoubles =
  (of: Of): Of =>
  (e, x) =>
    e.cast(of(e, e.cast(x, "float64")), "float32");

/** Functions of floats to floats. Of int32 tfjs truncates their results, which nobody asks for: cpu's. */
const curves: Readonly<Record<string, Of>> = {
  [tf.Acos]: op("Acos"),
  [tf.Acosh]: op("Acosh"),
  [tf.Asin]: op("Asin"),
  [tf.Asinh]: op("Asinh"),
  [tf.Atan]: op("Atan"),
  [tf.Atanh]: op("Atanh"),
  [tf.Cos]: op("Cos"),
  [tf.Cosh]: op("Cosh"),
  [tf.Elu]: elu,
  [tf.Expm1]: expm1,
  [tf.Log]: op("Log"),
  [tf.Log1p]: log1p,
  [tf.Selu]: selu,
  [tf.Sin]: op("Sin"),
  [tf.Sinh]: op("Sinh"),
  [tf.Softplus]: softplus,
  [tf.Tan]: inDoubles((e, x) => e("Div", [e("Sin", [x]), e("Cos", [x])])), // near the poles the last bit shows
  [tf.Erf]: op("Erf"),
  [tf.Reciprocal]: op("Reciprocal"),
  [tf.Rsqrt]: (e, x) => e("Reciprocal", [e("Sqrt", [x])]),
  [tf.Sigmoid]: sigmoid,
  [tf.Sqrt]: op("Sqrt"),
  [tf.Tanh]: op("Tanh"),
};

/**
 * A ramp so steep that it is a step for all but subnormal numbers. It passes NaN on, as tfjs does, and takes a fifth of
 * the time of the nodes that a comparison needs.
 */
const steep = { alpha: { float: 3.4e38 }, beta: { float: 0 } };

/** Functions that round; int32 stays as it is. */
const rounded =
  (name: string): Of =>
  (e, x) =>
    x.type === "int32" ? x : e(name, [x]);
const roundings: Readonly<Record<string, Of>> = {
  [tf.Ceil]: rounded("Ceil"),
  [tf.Floor]: rounded("Floor"),
  [tf.Round]: rounded("Round"),
};

/** Functions that keep the type, floats or int32. */
const numeric: Readonly<Record<string, Of>> = {
  [tf.Abs]: op("Abs"),
  [tf.Neg]: op("Neg"),
  [tf.Relu]: op("Relu"),
  [tf.Relu6]: (e, x) => e("Clip", [x, 0, 6]),
  [tf.Square]: (e, x) => e("Mul", [x, x]),
};

/** Functions of any type to bools, through floats. */
const kinds: Readonly<Record<string, Of>> = {
  [tf.IsFinite]: (e, x) => e("Less", [e("Abs", [x]), Infinity], "bool"),
  [tf.IsInf]: (e, x) => e("IsInf", [x], "bool"),
  [tf.IsNan]: (e, x) => e("IsNaN", [x], "bool"),
};

const table = (
  functions: Readonly<Record<string, Of>>,
  types: readonly Type[],
  prepare: Of = (_, x) => x,
): Lowering[] =>
  Object.entries(functions).map(([kernel, of]) =>
    elementwise(kernel, ["x"], (e, [x]) => (types.includes(x!.type) ? of(e, prepare(e, x!)) : undefined)),
  );

const one = <A extends object>(kernel: string, of: (e: Elements, x: Value, attrs: A) => Value | undefined): Lowering =>
  elementwise<A>(kernel, ["x"], (e, [x], attrs) => (x!.type === "bool" ? undefined : of(e, x!, attrs)));

export const unary: readonly Lowering[] = [
  ...table(curves, ["float32"]),
  ...table(roundings, ["float32", "int32"]),
  ...table(numeric, ["float32", "int32"]),
  ...table(kinds, ["float32", "int32", "bool"], (e, x) => e.cast(x, "float32")),
  elementwise(tf.Exp, ["x"], (e, [x]) => (x!.type === "float32" ? op("Exp") : inDoubles(op("Exp")))(e, x!)),
  elementwise(tf.LogicalNot, ["x"], (e, [x]) => e("Not", [e.cast(x!, "bool")])),
  one(tf.Sign, (e, x) => {
    if (x.type === "int32") return e("Sign", [x]);
    const side = (op: string) => e.cast(e(op, [x, 0], "bool"), "float32"); // ONNX's Sign of NaN is NaN, tfjs's 0
    return e("Sub", [side("Greater"), side("Less")]);
  }),
  one<{ alpha: number }>(tf.LeakyRelu, (e, x, { alpha }) =>
    e("LeakyRelu", [e.cast(x, "float32")], "float32", { alpha: { float: alpha } }),
  ),
  one<{ clipValueMin: number; clipValueMax: number }>(tf.ClipByValue, (e, x, { clipValueMin, clipValueMax }) => {
    const bound = x.type === "int32" ? (n: number) => Math.min(Math.max(n, -(2 ** 31)), 2 ** 31 - 1) : (n: number) => n;
    return e("Clip", [x, bound(clipValueMin), bound(clipValueMax)]);
  }),
  one<{ alpha: number }>(tf.Step, (e, x, { alpha }) => {
    if (alpha === 0 && x.type === "float32") return e("HardSigmoid", [x], x.type, steep);
    const y = e("Where", [e("Greater", [x, 0], "bool"), e.scalar(x.type, 1), e.scalar(x.type, alpha)], x.type);
    return x.type === "float32" ? e("Where", [e("IsNaN", [x], "bool"), x, y], x.type) : y;
  }),
];
