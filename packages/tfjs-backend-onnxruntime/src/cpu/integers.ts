import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { broadcastIndices, type CpuKernel, type Numbers } from "./cpu-kernel.js";

/**
 * Results of int32 wrap as in two's complement: their low 32 bits count, and neither floats nor doubles hold those of
 * all.
 */
export const lost = (how: string): string => `of int32: ${how}, where the low bits of large numbers are lost`;
const [inFloats, inDoubles] = [lost("results in float32"), lost("products in doubles")];

export const isInt32 = ({ dtype }: Numbers): boolean => dtype === "int32";

/** tfjs lets the numbers lie in an array of another type. */
export const int32Values = ({ values }: Numbers): Int32Array =>
  values instanceof Int32Array ? values : Int32Array.from(values);

const ofOne = (name: string, wrong: string, f: (x: number) => number): CpuKernel => ({
  name,
  wrong,
  run: ({ x }) => (isInt32(x!) ? { ...x!, values: int32Values(x!).map(f) } : undefined),
});

const ofTwo = (name: string, wrong: string, f: (a: number, b: number) => number): CpuKernel => ({
  name,
  wrong,
  run({ a, b }) {
    if (!isInt32(a!) || !isInt32(b!)) return undefined;
    const shape = tf.backend_util.assertAndGetBroadcastShape([...a!.shape], [...b!.shape]);
    const [i, j] = [a!, b!].map((x) => broadcastIndices(x.shape, shape)) as [Int32Array, Int32Array];
    const values = i.map((at, k) => f(a!.values[at]!, b!.values[j[k]!]!));
    return { shape, dtype: "int32", values };
  },
});

/** By squares; of 1 over a power only what is left of the point. */
function power(a: number, b: number): number {
  if (b < 0) return Math.abs(a) === 1 ? a ** (b % 2) : 0;
  let [result, square] = [1, a];
  for (let rest = b; rest > 0; rest >>>= 1) {
    if (rest & 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

const product: CpuKernel = {
  name: tf.Prod,
  wrong: inDoubles,
  run({ x }, { axis, keepDims }) {
    if (!isInt32(x!)) return undefined;
    const axes = tf.util.parseAxisParam(axis as number[], [...x!.shape]);
    const kept = x!.shape.map((side, i) => (axes.includes(i) ? 1 : side));
    const values = new Int32Array(sizeOf(kept)).fill(1);
    broadcastIndices(kept, x!.shape).forEach((to, i) => (values[to] = Math.imul(values[to]!, x!.values[i]!)));
    const shape = keepDims ? kept : x!.shape.filter((_, i) => !axes.includes(i));
    return { shape, dtype: "int32", values };
  },
};

export const integers: readonly CpuKernel[] = [
  ofOne(tf.Abs, inFloats, Math.abs),
  ofOne(tf.Square, inFloats, (x) => Math.imul(x, x)),
  ofTwo(tf.Multiply, inDoubles, Math.imul),
  ofTwo(tf.SquaredDifference, inDoubles, (a, b) => Math.imul(a - b, a - b)),
  ofTwo(tf.Pow, inDoubles, power),
  product,
];
