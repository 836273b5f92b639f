import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { broadcastIndices, mapped, type CpuKernel, type Numbers } from "./cpu-kernel.js";

const ofFloats = (name: string, wrong: string, f: (x: number) => number): CpuKernel => ({
  name,
  wrong,
  when: ({ x }) => x!.dtype === "float32",
  run: ({ x }) => ({ ...x!, values: mapped(x!.values, f) }),
});

/** erf x = 2 / √π · Σ_n (−1)ⁿ x²ⁿ⁺¹ / (n! (2n + 1)); from 4 on it is 1 in float32. */
function erf(x: number): number {
  if (!(Math.abs(x) < 4)) return Number.isNaN(x) ? NaN : Math.sign(x);
  let [term, total] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-9 * Math.abs(total); n++) total += (term *= (-x * x) / n) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * total;
}

const [scale, alpha] = [1.0507009873554805, 1.6732632423543772]; // Klambauer et al. 2017, eq. 2

/** A power as IEEE 754 has it: 1 to any power is 1, and −1 to an infinite one. */
const power = (a: number, b: number): number => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);

function pow({ a, b }: Readonly<Record<string, Numbers>>): Numbers {
  const shape = tf.backend_util.assertAndGetBroadcastShape([...a!.shape], [...b!.shape]);
  const [i, j] = [a!, b!].map((x) => broadcastIndices(x.shape, shape)) as [Int32Array, Int32Array];
  const values = new Float32Array(sizeOf(shape));
  for (let k = 0; k < values.length; k++) values[k] = power(a!.values[i[k]!]!, b!.values[j[k]!]!);
  return { shape, dtype: "float32", values };
}

const cancels = "near 0, where e^x − 1 cancels out: 0 for −10⁻¹⁷";

export const functions: readonly CpuKernel[] = [
  ofFloats(tf.Elu, cancels, (x) => (x < 0 ? Math.expm1(x) : x)),
  ofFloats(tf.Selu, cancels, (x) => scale * (x < 0 ? alpha * Math.expm1(x) : x)),
  ofFloats(tf.Erf, "off by 10⁻⁷ near 1 and by 10⁻⁹ at 0, where it is all of the result", erf),
  { name: tf.Pow, wrong: "NaN for 1 to the power of NaN", when: ({ a }) => a!.dtype === "float32", run: pow },
];
