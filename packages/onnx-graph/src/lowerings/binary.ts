import * as tf from "@tensorflow/tfjs-core";
import type { Type, Value } from "../graph/types.js";
import { bitwiseAnd } from "./bits.js";
import { elementwise, type Elements } from "./elementwise.js";
import type { Lowering } from "./lowering.js";

/** `undefined`: left to JavaScript. */
type Of<Result = Value | undefined> = (e: Elements, a: Value, b: Value) => Result;

const op =
  (name: string, type?: Type): Of<Value> =>
  (e, a, b) =>
    e(name, [a, b], type);

/** In doubles, as JavaScript computes; then to the type of `a`, or int32. */
const inDoubles =
  (of: Of<Value>, type?: "int32"): Of<Value> =>
  (e, a, b) => {
    const y = of(e, e.cast(a, "float64"), e.cast(b, "float64"));
    const to = type ?? a.type;
    return to === "int32" ? e.toInt32(y) : e.cast(y, to);
  };

/**
 * Results have the type of the inputs. 1 to the power of NaN is 1 as in C, not NaN as in JavaScript. Powers of integers
 * wrap around, as those of ONNX Runtime do not.
 */
const numeric: Readonly<Record<string, Of>> = {
  [tf.Add]: op("Add"),
  [tf.Sub]: op("Sub"),
  [tf.Multiply]: op("Mul"),
  [tf.Maximum]: op("Max"),
  [tf.Minimum]: op("Min"),
  [tf.Mod]: inDoubles(mod),
  [tf.Pow]: (e, a, b) => (a.type === "float32" ? e("Pow", [a, b]) : undefined),
  [tf.RealDiv]: (e, a, b) => (a.type === "float32" ? e("Div", [a, b]) : inDoubles(op("Div"))(e, a, b)),
  [tf.SquaredDifference]: (e, a, b) => {
    const difference = e("Sub", [a, b]);
    return e("Mul", [difference, difference]);
  },
};

/** tfjs's remainder has the sign of the divisor, but that of equal signs is JavaScript's. */
function mod(e: Elements, a: Value, b: Value): Value {
  const remainder = (x: Value) => e("Mod", [x, b], x.type, { fmod: 1 });
  const negative = (x: Value) => e("Less", [x, 0], "bool");
  const positive = (x: Value) => e("GreaterOrEqual", [x, 0], "bool");
  const same = e("Or", [e("And", [negative(a), negative(b)]), e("And", [positive(a), positive(b)])]);
  const r = remainder(a);
  return e("Where", [same, r, remainder(e("Add", [r, b]))], r.type);
}

/** Kernels whose results of bools are bools. */
const ofBools: ReadonlySet<string> = new Set([tf.Multiply, tf.Maximum, tf.Minimum]);

const comparisons: Readonly<Record<string, Of>> = {
  [tf.Equal]: op("Equal", "bool"),
  [tf.NotEqual]: (e, a, b) => e("Not", [e("Equal", [a, b], "bool")]),
  [tf.Greater]: op("Greater", "bool"),
  [tf.GreaterEqual]: op("GreaterOrEqual", "bool"),
  [tf.Less]: op("Less", "bool"),
  [tf.LessEqual]: op("LessOrEqual", "bool"),
};

/** Logical kernels, of bools and integers. */
const logic: Readonly<Record<string, Of>> = {
  [tf.LogicalAnd]: op("And"),
  [tf.LogicalOr]: op("Or"),
  [tf.BitwiseAnd]: (e, a, b) => (e.graph.target.portable ? bitwiseAnd(e.graph, a, b) : e("BitwiseAnd", [a, b])),
};

/** bool as int32, which has all the operators. */
const asNumbers = (e: Elements, x: Value): Value => (x.type === "bool" ? e.cast(x, "int32") : x);

const table = (
  functions: Readonly<Record<string, Of>>,
  of: (kernel: string, of: Of) => (e: Elements, a: Value, b: Value) => Value | undefined,
): Lowering[] =>
  Object.entries(functions).map(([kernel, function_]) => {
    const formula = of(kernel, function_);
    return elementwise(kernel, ["a", "b"], (e, [a, b]) => (a!.type === b!.type ? formula(e, a!, b!) : undefined));
  });

export const binary: readonly Lowering[] = [
  ...table(numeric, (kernel, of) => (e, a, b) => {
    if (a.type !== "bool") return of(e, a, b);
    const y = ofBools.has(kernel) ? of(e, asNumbers(e, a), asNumbers(e, b)) : undefined;
    return y && e.cast(y, "bool");
  }),
  ...table(comparisons, (_, of) => (e, a, b) => of(e, asNumbers(e, a), asNumbers(e, b))),
  ...table(logic, (_, of) => of),
  ...table({ [tf.FloorDiv]: inDoubles((e, a, b) => e("Floor", [e("Div", [a, b])]), "int32") }, (_, of) => of),
  elementwise(tf.Prelu, ["x", "alpha"], (e, inputs) => {
    const [x, alpha] = inputs.map((input) => e.cast(input, "float32")) as [Value, Value];
    return e("Where", [e("Less", [x, 0], "bool"), e("Mul", [alpha, x]), x], x.type); // PRelu branches on each element
  }),
  elementwise(tf.AddN, "all", (e, all) => {
    if (all.some(({ type }) => type === "bool" || type !== all[0]!.type)) return undefined;
    return all.reduce((sum, x) => e("Add", [sum, x]));
  }),
  elementwise(tf.EluGrad, ["dy", "y"], (e, [dy, y]) => e("Mul", [dy!, e("Add", [e("Min", [y!, 0]), 1])])),
];
