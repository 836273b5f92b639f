import { sizeOf } from "@fovea/onnx-graph/kernels";
import * as tf from "@tensorflow/tfjs-core";
import { type CpuKernel, type Numbers, mapped } from "./cpu-kernel.js";

/** The first place of the greatest number, or the smallest; NaN counts as the infinity that is neither. */
const arg = (name: string, wins: (a: number, b: number) => boolean, loser: number): CpuKernel => ({
  name,
  wrong: "a NaN that comes first wins, others do not",
  run({ x }, { axis }) {
    const along = tf.util.parseAxisParam(axis as number, [...x!.shape])[0]!;
    const [outer, side, inner] = [x!.shape.slice(0, along), x!.shape[along]!, x!.shape.slice(along + 1)];
    const step = sizeOf(inner);
    const shape = [...outer, ...inner];
    const values = new Int32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) {
      const start = Math.floor(i / step) * side * step + (i % step);
      let best = loser;
      for (let k = 0; k < side; k++) {
        const value = x!.values[start + k * step]!;
        if (!wins(value, best)) continue;
        best = value;
        values[i] = k;
      }
    }
    return { shape, dtype: "int32", values };
  },
});

/** The k greatest of each row, of equals the first; NaN counts as −∞. */
function topK({ shape, dtype, values }: Numbers, k: number): Numbers[] {
  const side = shape.at(-1)!;
  const rows = values.length / side;
  const [greatest, places] = [values.slice(0, rows * k), new Int32Array(rows * k)];
  const keys = mapped(values, (x) => (Number.isNaN(x) ? -Infinity : x));
  for (let row = 0; row < rows; row++) {
    const [start, order] = [row * side, [...new Array<undefined>(side).keys()]];
    order.sort((i, j) => (keys[start + i] === keys[start + j] ? i - j : keys[start + j]! > keys[start + i]! ? 1 : -1));
    for (let i = 0; i < k; i++) {
      places[row * k + i] = order[i]!;
      greatest[row * k + i] = values[start + order[i]!]!;
    }
  }
  const out = [...shape.slice(0, -1), k];
  return [
    { shape: out, dtype, values: greatest },
    { shape: out, dtype: "int32", values: places },
  ];
}

export const order: readonly CpuKernel[] = [
  arg(tf.ArgMax, (a, b) => a > b, -Infinity),
  arg(tf.ArgMin, (a, b) => a < b, Infinity),
  {
    name: tf.TopK,
    wrong: "no order where there is NaN, or an infinity twice",
    run: ({ x }, { k }) => (x!.values.every(Number.isFinite) ? undefined : topK(x!, k as number)),
  },
];
