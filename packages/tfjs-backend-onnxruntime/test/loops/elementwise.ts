import * as tf from "@tensorflow/tfjs-core";
import { at, broadcastPlace, broadcastShape, sum, tensorOf, times, type Numbers } from "./numbers.js";

type Type = Numbers["dtype"];
export type Attrs = Readonly<Record<string, unknown>>;
export type Inputs = Readonly<Record<string, Numbers>>;
export type Loop = (inputs: Inputs, attrs: Attrs) => Numbers | Numbers[];

/** erf x = 2/√π ∫₀ˣ e^(−t²) dt, by its series, and far out by the continued fraction of 1 − erf. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a < 3)) return Number.isNaN(x) ? NaN : Math.sign(x) * (1 - tailOfErf(a));
  let term = x;
  let total = x;
  for (let n = 1; n < 100; n++) total += (term *= (-x * x) / n) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * total;
}

function tailOfErf(x: number): number {
  if (x > 30) return 0;
  let fraction = 0;
  for (let k = 100; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / ((x + fraction) * Math.sqrt(Math.PI));
}

function roundHalfToEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return x - low < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

export const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
export const elu = (x: number): number => (x < 0 ? Math.expm1(x) : x);
const [scale, alpha] = [1.0507009873554804934, 1.6732632423543772848]; // Klambauer et al. 2017, eq. 2

/** Functions of one number; the result has the type of `x`. */
export const ofOne: Readonly<Record<string, (x: number) => number>> = {
  [tf.Abs]: Math.abs,
  [tf.Acos]: Math.acos,
  [tf.Acosh]: Math.acosh,
  [tf.Asin]: Math.asin,
  [tf.Asinh]: Math.asinh,
  [tf.Atan]: Math.atan,
  [tf.Atanh]: Math.atanh,
  [tf.Ceil]: Math.ceil,
  [tf.Cos]: Math.cos,
  [tf.Cosh]: Math.cosh,
  [tf.Elu]: elu,
  [tf.Erf]: erf,
  [tf.Expm1]: Math.expm1,
  [tf.Floor]: Math.floor,
  [tf.Log]: Math.log,
  [tf.Log1p]: Math.log1p,
  [tf.Neg]: (x) => -x,
  [tf.Reciprocal]: (x) => 1 / x,
  [tf.Relu]: (x) => Math.max(0, x),
  [tf.Relu6]: (x) => Math.min(6, Math.max(0, x)),
  [tf.Round]: roundHalfToEven,
  [tf.Rsqrt]: (x) => 1 / Math.sqrt(x),
  [tf.Selu]: (x) => scale * (x < 0 ? alpha * Math.expm1(x) : x),
  [tf.Sigmoid]: sigmoid,
  [tf.Sign]: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
  [tf.Sin]: Math.sin,
  [tf.Sinh]: Math.sinh,
  [tf.Softplus]: (x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))),
  [tf.Sqrt]: Math.sqrt,
  [tf.Square]: (x) => x * x,
  [tf.Tan]: Math.tan,
  [tf.Tanh]: Math.tanh,
};

/** Of one number, with attributes. */
const withAttrs: Readonly<Record<string, (x: number, attrs: Readonly<Record<string, number>>) => number>> = {
  [tf.ClipByValue]: (x, a) => Math.min(a["clipValueMax"]!, Math.max(a["clipValueMin"]!, x)),
  [tf.Step]: (x, a) => (Number.isNaN(x) ? NaN : x > 0 ? 1 : a["alpha"]!),
};

/** Of one number, to a type of their own. */
const toType: Readonly<Record<string, readonly [Type, (x: number, attrs: Attrs) => number]>> = {
  [tf.Exp]: ["float32", Math.exp],
  [tf.IsFinite]: ["bool", (x) => Number(Number.isFinite(x))],
  [tf.IsInf]: ["bool", (x) => Number(Math.abs(x) === Infinity)],
  [tf.IsNan]: ["bool", (x) => Number(Number.isNaN(x))],
  [tf.LogicalNot]: ["bool", (x) => Number(!x)],
  [tf.LeakyRelu]: ["float32", (x, a) => (x < 0 ? (a["alpha"] as number) * x : x)],
};

/** The remainder has the sign of the divisor; where the signs are equal it is JavaScript's. */
const mod = (a: number, b: number): number => ((a < 0 && b < 0) || (a >= 0 && b >= 0) ? a % b : ((a % b) + b) % b);

/** As IEEE 754 has it: 1 to any power is 1, and −1 to an infinite one; in JavaScript both are NaN for some. */
const pow = (a: number, b: number): number => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);

/** The product of b factors; of 1 over a product, what is left of the point. */
function intPower(a: number, b: number): number {
  if (b < 0) return Math.abs(a) === 1 ? a ** (b % 2) : 0;
  return new Array<number>(b).fill(a).reduce(Math.imul, 1);
}

/** Functions of two numbers; the result has the type of `a`. */
const ofTwo: Readonly<Record<string, (a: number, b: number) => number>> = {
  [tf.Add]: (a, b) => a + b,
  [tf.Sub]: (a, b) => a - b,
  [tf.Maximum]: Math.max,
  [tf.Minimum]: Math.min,
  [tf.Mod]: mod,
  [tf.RealDiv]: (a, b) => a / b,
  [tf.BitwiseAnd]: (a, b) => a & b,
  [tf.Atan2]: Math.atan2,
};

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  [tf.Equal]: (a, b) => a === b,
  [tf.NotEqual]: (a, b) => a !== b,
  [tf.Greater]: (a, b) => a > b,
  [tf.GreaterEqual]: (a, b) => a >= b,
  [tf.Less]: (a, b) => a < b,
  [tf.LessEqual]: (a, b) => a <= b,
  [tf.LogicalAnd]: (a, b) => Boolean(a && b),
  [tf.LogicalOr]: (a, b) => Boolean(a || b),
};

/** `f` at each place of what the inputs broadcast to. */
export function broadcast(inputs: readonly Numbers[], dtype: Type, f: (...x: number[]) => number): Numbers {
  const shape = broadcastShape(inputs.map((x) => x.shape));
  return tensorOf(shape, dtype, (place) => f(...inputs.map((x) => at(x, broadcastPlace(x.shape, place)))));
}

const table = <F>(functions: Readonly<Record<string, F>>, loop: (f: F) => Loop): Record<string, Loop> =>
  Object.fromEntries(Object.entries(functions).map(([kernel, f]) => [kernel, loop(f)]));

export const elementwiseLoops: Readonly<Record<string, Loop>> = {
  ...table(
    ofOne,
    (f) =>
      ({ x }) =>
        broadcast([x!], x!.dtype, f),
  ),
  ...table(
    withAttrs,
    (f) =>
      ({ x }, attrs) =>
        broadcast([x!], x!.dtype, (n) => f(n, attrs as Record<string, number>)),
  ),
  ...table(
    toType,
    ([dtype, f]) =>
      ({ x }, attrs) =>
        broadcast([x!], dtype, (n) => f(n, attrs)),
  ),
  ...table(
    ofTwo,
    (f) =>
      ({ a, b }) =>
        broadcast([a!, b!], a!.dtype, f),
  ),
  ...table(
    comparisons,
    (f) =>
      ({ a, b }) =>
        broadcast([a!, b!], "bool", (...x) => Number(f(...(x as [number, number])))),
  ),
  [tf.Square]: ({ x }) => broadcast([x!], x!.dtype, (n) => times(x!.dtype)(n, n)),
  [tf.Multiply]: ({ a, b }) => broadcast([a!, b!], a!.dtype, times(a!.dtype)),
  [tf.SquaredDifference]: ({ a, b }) => broadcast([a!, b!], a!.dtype, (x, y) => times(a!.dtype)(x - y, x - y)),
  [tf.Pow]: ({ a, b }) => broadcast([a!, b!], a!.dtype, a!.dtype === "int32" ? intPower : pow),
  [tf.FloorDiv]: ({ a, b }) => broadcast([a!, b!], "int32", (x, y) => Math.floor(x / y)),
  [tf.Prelu]: ({ x, alpha }) => broadcast([x!, alpha!], "float32", (n, slope) => (n < 0 ? slope * n : n)),
  [tf.EluGrad]: ({ dy, y }) => broadcast([dy!, y!], "float32", (d, n) => d * Math.min(1, n + 1)),
  [tf.AddN]: (inputs) => broadcast(Object.values(inputs), inputs["0"]!.dtype, (...x) => sum(x)),
  [tf.Select]: ({ condition, t, e }) => select(condition!, t!, e!),
  [tf.Cast]: ({ x }, { dtype }) => broadcast([x!], dtype as Type, (n) => n),
  [tf.ZerosLike]: ({ x }) => broadcast([x!], x!.dtype, () => 0),
  [tf.OnesLike]: ({ x }) => broadcast([x!], x!.dtype, () => 1),
  [tf.Fill]: (_, { shape, value, dtype }) => tensorOf(shape as number[], dtype as Type, () => value as number),
};

/** A condition of one axis chooses rows. */
function select(condition: Numbers, t: Numbers, e: Numbers): Numbers {
  const types: readonly Type[] = ["bool", "int32", "float32"];
  const dtype = types[Math.max(types.indexOf(t.dtype), types.indexOf(e.dtype))]!;
  return tensorOf(t.shape, dtype, (place) => at(at(condition, place.slice(0, condition.shape.length)) ? t : e, place));
}
