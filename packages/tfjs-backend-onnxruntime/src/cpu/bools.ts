import * as tf from "@tensorflow/tfjs-core";
import type { CpuKernel, Numbers } from "./cpu-kernel.js";

const isBool = ({ dtype }: Numbers): boolean => dtype === "bool";
const asFloats = (x: Numbers): Numbers => ({ ...x, dtype: "float32", values: Float32Array.from(x.values) });
const asBools = ({ shape, values }: Numbers): Numbers => ({
  shape,
  dtype: "bool",
  values: Uint8Array.from(values, (n) => Number(n !== 0)),
});

/** Computed as floats; what is not 0 is true. */
const ofBools = (name: string): CpuKernel => ({
  name,
  wrong: "of bools: a byte of the result, so that tanh true is false, and true + true is 2",
  run(inputs, attrs, stock) {
    if (!Object.values(inputs).every(isBool)) return undefined;
    const floats = Object.entries(inputs).map(([input, x]) => [input, asFloats(x)] as const);
    return asBools(stock(Object.fromEntries(floats), attrs));
  },
});

const addN: CpuKernel = {
  name: tf.AddN,
  wrong: "of bools: 2 for true + true",
  run(inputs) {
    const terms = Object.values(inputs);
    if (!terms.every(isBool)) return undefined;
    const { shape, values } = terms[0]!;
    return { shape, dtype: "bool", values: Uint8Array.from(values, (_, i) => Number(terms.some((x) => x.values[i]))) };
  },
};

export const bools: readonly CpuKernel[] = [
  ...[tf.Acosh, tf.Asinh, tf.Atan, tf.Atanh, tf.Cos, tf.Erf, tf.Log, tf.Log1p, tf.Reciprocal, tf.Rsqrt].map(ofBools),
  ...[tf.Sigmoid, tf.Sin, tf.Softplus, tf.Step, tf.Tanh].map(ofBools),
  ...[tf.Add, tf.Sub, tf.RealDiv, tf.Mod, tf.Atan2].map(ofBools),
  addN,
];
